import type { Clock } from '../ports/clock.ts';
import type { IdGenerator } from '../ports/id-generator.ts';
import type { Logger } from '../ports/logger.ts';
import type { Persistence } from '../ports/persistence.ts';
import { LeaseKeeper } from '../relay/lease-keeper.ts';

const LEASE = 'maintenance';
const LEASE_MS = 30_000;
const INTERVAL_MS = 60_000;
/** A step locks few rows for a short time; many steps follow each other. */
const STEP = 1000;

export interface MaintenanceDependencies {
  readonly persistence: Persistence;
  readonly clock: Clock;
  readonly ids: IdGenerator;
  readonly logger: Logger;
  /** How long, in milliseconds, it is remembered that a delivery was applied. */
  readonly inboxRetentionMs: number;
}

/** Forgets, in bounded steps and in one process at a time, what need not be remembered any longer. */
export class Maintenance {
  readonly #with: MaintenanceDependencies;
  readonly #owner: string;
  #stopped = new AbortController();
  #running: Promise<void> | undefined;

  constructor(dependencies: MaintenanceDependencies) {
    this.#with = dependencies;
    this.#owner = dependencies.ids.next();
  }

  start(): void {
    this.#stopped = new AbortController();
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#running;
    this.#running = undefined;
  }

  async #run(): Promise<void> {
    const { clock, logger } = this.#with;
    const { signal } = this.#stopped;
    for (;;) {
      await clock.sleep(INTERVAL_MS, signal);
      if (signal.aborted) return;
      try {
        await this.#clean(signal);
      } catch (error) {
        logger.warn({ error }, 'cleaning was interrupted and goes on at the next round');
      }
    }
  }

  async #clean(signal: AbortSignal): Promise<void> {
    const { persistence, clock, inboxRetentionMs } = this.#with;
    const keeper = await LeaseKeeper.acquire(
      persistence.leases,
      clock,
      LEASE,
      this.#owner,
      LEASE_MS,
    );
    if (keeper === undefined) return;
    try {
      let cleaned = STEP;
      while (cleaned === STEP && keeper.isHeld && !signal.aborted) {
        cleaned = await persistence.inbox.clean(inboxRetentionMs, STEP);
      }
    } finally {
      await keeper.release();
    }
  }
}
