import { persistenceConformance } from '../src/conformance/index.ts';
import { inMemoryPersistenceHarness } from './in-memory-harness.ts';

persistenceConformance('in memory', inMemoryPersistenceHarness);
