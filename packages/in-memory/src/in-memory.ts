import type { Adapter } from '@tidings/core';

import { InMemoryPersistence } from './in-memory-persistence.ts';
import { InMemoryStore } from './store/in-memory-store.ts';
import { InMemoryTransport } from './transport/in-memory-transport.ts';
import { type InMemoryUnit, inMemoryUnitBinding } from './unit-of-work/in-memory-unit.ts';

export interface InMemoryOptions {
  /**
   * The store to use, for applications that share one, or one that outlives the application. Default:
   * a new one, with the application's clock.
   */
  readonly store?: InMemoryStore;
}

/**
 * Persistence and transport in memory, faithful to their contracts: for tests, and for applications
 * that need nothing kept.
 *
 * @example
 * const app = createApp({ service: 'warehouse', features: [allocation], adapters: [inMemory()] });
 */
export function inMemory(options: InMemoryOptions = {}): Adapter<typeof InMemoryUnit> {
  return {
    name: 'in-memory',
    persistence: ({ clock }) => new InMemoryPersistence(options.store ?? new InMemoryStore(clock)),
    transport: () => new InMemoryTransport(),
    bindings: [inMemoryUnitBinding],
  };
}

/**
 * The transport alone, for an application in one process whose store is durable: what its transport
 * forgets in a crash is still in the store, and is published again.
 *
 * @example
 * const app = createApp({ service: 'warehouse', features, adapters: [knexPersistence(db), inMemoryTransport()] });
 */
export function inMemoryTransport(): Adapter<never> {
  return { name: 'in-memory transport', transport: () => new InMemoryTransport() };
}
