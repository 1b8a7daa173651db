import { runtimeConformance } from '../src/conformance/index.ts';
import { inMemoryRuntimeHarness } from './in-memory-harness.ts';

runtimeConformance('applications in memory', inMemoryRuntimeHarness);
