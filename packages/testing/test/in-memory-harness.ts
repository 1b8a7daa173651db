import {
  InMemoryPersistence,
  InMemoryRepository,
  InMemoryStore,
  InMemoryTransport,
  InMemoryUnitOfWork,
  inMemory,
} from '@tidings/in-memory';

import type {
  Ledger,
  PersistenceHarness,
  TransportHarness,
  RuntimeHarness,
} from '../src/conformance/index.ts';
import { VirtualClock } from '../src/virtual-clock.ts';

const nothingFails = 'a unit of work in memory runs no statements, and its commit is one step';

export const inMemoryPersistenceHarness: PersistenceHarness = {
  capabilities: {
    concurrentUnits: true,
    statementErrors: nothingFails,
    commitFaults: nothingFails,
    lostCommitReply: 'a store in memory has no connection to lose',
    migrations: 'a store in memory begins empty',
  },
  async create() {
    const clock = new VirtualClock();
    const store = new InMemoryStore(clock);
    const started = async (): Promise<InMemoryPersistence> => {
      const persistence = new InMemoryPersistence(store);
      await persistence.start();
      return persistence;
    };
    return {
      persistence: await started(),
      second: started,
      repository(unit) {
        if (!(unit instanceof InMemoryUnitOfWork)) throw new TypeError('a unit of another store');
        return new InMemoryRepository<Ledger>(unit, 'Ledgers');
      },
      elapse: (milliseconds) => clock.advance(milliseconds),
      dispose: async () => {},
    };
  },
};

export const inMemoryTransportHarness: TransportHarness = {
  capabilities: {
    ordered: true,
    replay: 'a transport in memory keeps nothing that was settled',
    refusals: 'a transport in memory has no broker that could refuse',
  },
  async create() {
    const transport = new InMemoryTransport();
    return { transport, second: async () => transport, dispose: () => transport.close() };
  },
};

export const inMemoryRuntimeHarness: RuntimeHarness = {
  capabilities: { concurrentUnits: true },
  async create() {
    const store = new InMemoryStore();
    return { adapters: () => [inMemory({ store })], dispose: async () => {} };
  },
};
