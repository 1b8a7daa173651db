import { transportConformance } from '../src/conformance/index.ts';
import { inMemoryTransportHarness } from './in-memory-harness.ts';

transportConformance('in memory', inMemoryTransportHarness, { parallel: 10 });
