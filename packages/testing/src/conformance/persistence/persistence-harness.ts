import type { Persistence, UnitOfWork } from '@tidings/core';

import type { Harness } from '../row.ts';
import type { Ledger } from './ledger.ts';

/** What stores differ in. */
export type PersistenceCapability =
  /** Several units of work can be open at once; a store with a single connection lets them wait. */
  | 'concurrentUnits'
  /** Statements within a unit can fail, and the fixture can make one fail. */
  | 'statementErrors'
  /** The fixture knows ways to make COMMIT fail. */
  | 'commitFaults'
  /** The fixture can make the reply to COMMIT get lost. */
  | 'lostCommitReply'
  /** There is something to be migrated, and the fixture can give nodes of a store that is empty. */
  | 'migrations';

/** The repository of ledgers that the adapter offers its users, in its simplest form. */
export interface LedgerRepository {
  get(id: string): Promise<Ledger | undefined>;
  /** @throws AggregateNotFoundError */
  require(id: string): Promise<Ledger>;
  add(ledger: Ledger): void | Promise<void>;
  remove(ledger: Ledger): void | Promise<void>;
}

/** A read model of the adapter, which counts: one table of keys and numbers, named without a schema. */
export interface Tally {
  /** Makes the table, empty. */
  create(unit: UnitOfWork): Promise<void>;
  /** Counts the key once more. */
  count(unit: UnitOfWork, key: string): Promise<void>;
  /** What readers see, outside of any unit; nothing when there is no table. */
  read(): Promise<Readonly<Record<string, number>>>;
}

/** A way to make a commit fail. */
export interface CommitFault {
  /** Completes the sentence "the commit fails after …". */
  readonly name: string;
  /** Brings the unit into a state in which the store does not commit it. */
  readonly provoke: (unit: UnitOfWork) => Promise<void>;
}

/** One store for one test. */
export interface PersistenceFixture {
  /** Started. */
  readonly persistence: Persistence;
  /** Another node on the same store, as another process would have it; started, and closed by {@link dispose}. */
  readonly second: () => Promise<Persistence>;
  readonly repository: (unit: UnitOfWork) => LedgerRepository;
  readonly tally: Tally;
  /** Resolves once the store's clock has moved on by that much. */
  readonly elapse: (milliseconds: number) => Promise<void>;
  /** Runs a statement that the store refuses, and rejects with what it said. */
  readonly failStatement?: (unit: UnitOfWork) => Promise<void>;
  readonly commitFaults?: readonly CommitFault[];
  /** Has the store commit the unit's next COMMIT without the unit getting to hear of it. */
  readonly loseCommitReply?: (unit: UnitOfWork) => Promise<void>;
  /** Nodes, not started, of one store that is still empty; closed by {@link dispose}. */
  readonly unmigrated?: (count: number) => Promise<readonly Persistence[]>;
  readonly dispose: () => Promise<void>;
}

/** How a store lets itself be tested by {@link persistenceConformance}. */
export type PersistenceHarness = Harness<PersistenceFixture, PersistenceCapability>;
