import { projectionRuntimeConformance } from '../src/conformance/index.ts';
import { inMemoryProjectionHarness } from './in-memory-harness.ts';

projectionRuntimeConformance('projections in memory', inMemoryProjectionHarness);
