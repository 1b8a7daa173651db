import { bind, type UnitOfWork } from '@tidings/core';
import {
  InMemoryPersistence,
  InMemoryRepository,
  InMemoryStore,
  InMemoryTable,
  InMemoryTransport,
  InMemoryUnit,
  InMemoryUnitOfWork,
  inMemory,
} from '@tidings/in-memory';

import {
  TallyModel,
  type Ledger,
  type PersistenceHarness,
  type ProjectionHarness,
  type RuntimeHarness,
  type Tally,
  type TransportHarness,
} from '../src/conformance/index.ts';
import { VirtualClock } from '../src/virtual-clock.ts';

interface TallyRow {
  readonly key: string;
  readonly n: number;
}

function tableOf(unit: UnitOfWork): InMemoryTable<TallyRow> {
  if (!(unit instanceof InMemoryUnitOfWork)) throw new TypeError('a unit of another store');
  return new InMemoryTable(unit, 'tally');
}

/** A tally in a table of the store. */
function tallyIn(store: InMemoryStore): Tally {
  return {
    create: async () => {},
    async count(unit, key) {
      const table = tableOf(unit);
      await table.put(key, { key, n: ((await table.get(key))?.n ?? 0) + 1 });
    },
    async read() {
      return Object.fromEntries(store.rowsOf<TallyRow>('tally').map(({ key, n }) => [key, n]));
    },
  };
}

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
      tally: tallyIn(store),
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

export const inMemoryProjectionHarness: ProjectionHarness = {
  capabilities: { concurrentUnits: true },
  async create() {
    const store = new InMemoryStore();
    const tally = tallyIn(store);
    return {
      adapters: () => [inMemory({ store })],
      tally: bind(TallyModel, { unit: InMemoryUnit }, ({ unit }) => ({
        create: () => tally.create(unit),
        count: (key) => tally.count(unit, key),
      })),
      read: () => tally.read(),
      dispose: async () => {},
    };
  },
};
