import { PersistenceUnavailableError } from '@tidings/core';
import type {
  Checkpoints,
  DeadLetters,
  HeldDeliveries,
  Inbox,
  Leases,
  MessageLog,
  Persistence,
  Processes,
  ScheduledMessages,
  Schedules,
  Projections,
} from '@tidings/core';

import type { InMemoryStore } from './store/in-memory-store.ts';
import { InMemoryUnitOfWork } from './unit-of-work/in-memory-unit-of-work.ts';

/** One application's access to an {@link InMemoryStore}. */
export class InMemoryPersistence implements Persistence {
  readonly log: MessageLog;
  readonly checkpoints: Checkpoints;
  readonly leases: Leases;
  readonly inbox: Inbox;
  readonly held: HeldDeliveries;
  readonly scheduled: ScheduledMessages;
  readonly schedules: Schedules;
  readonly deadLetters: DeadLetters;
  readonly processes: Processes;
  readonly projections: Projections;
  readonly #store: InMemoryStore;
  #closed = false;

  constructor(store: InMemoryStore) {
    this.#store = store;
    this.log = store.log;
    this.checkpoints = store.checkpoints;
    this.leases = store.leases;
    this.inbox = store.inbox;
    this.held = store.held;
    this.scheduled = store.scheduled;
    this.schedules = store.schedules;
    this.deadLetters = store.deadLetters;
    this.processes = store.processes;
    this.projections = store.projections;
  }

  /** Not an async function: a unit of work in memory costs no promise. */
  begin(options?: { signal?: AbortSignal }): InMemoryUnitOfWork | Promise<never> {
    if (this.#closed) return Promise.reject(new PersistenceUnavailableError('it is closed'));
    if (options?.signal?.aborted === true) return Promise.reject(options.signal.reason as Error);
    return new InMemoryUnitOfWork(this.#store);
  }

  /** Also opens it again after {@link close}. */
  async start(): Promise<void> {
    this.#closed = false;
  }

  async ping(): Promise<void> {
    if (this.#closed) throw new PersistenceUnavailableError('it is closed');
  }

  /** Closes this access; the store keeps what it has. */
  async close(): Promise<void> {
    this.#closed = true;
  }
}
