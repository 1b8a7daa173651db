import { Backoff, WakeSignal, type Clock, type Logger } from '@tidings/core';

import type { Database } from '../database/database.ts';
import { arrayOf } from '../database/statement.ts';
import type { Schema } from '../schema/schema.ts';
import type { PostgresMessage } from './postgres-message.ts';

/** How many messages one statement deletes at most. */
const BATCH = 1000;
/** A message that was dealt with waits for others for so long, in milliseconds: nobody waits for its end. */
const GATHER_MS = 20;

export interface SettlerOptions {
  readonly database: Database;
  readonly schema: Schema;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Deletes messages that were dealt with: what has gathered while the last statement ran, by the next. What
 * cannot be deleted now is tried again; whoever gets it meanwhile knows it as a copy.
 */
export class Settler {
  readonly #with: SettlerOptions;
  readonly #closed = new AbortController();
  #waiting: (readonly [subscription: number, message: PostgresMessage])[] = [];
  readonly #wake: WakeSignal;
  /** Whoever waits until so many rows have been deleted. */
  #waiters: { readonly count: number; readonly resolve: () => void }[] = [];
  #running: Promise<void> | undefined;
  #deleted = 0;
  /** How many rows are being deleted. */
  #underway = 0;

  constructor(options: SettlerOptions) {
    this.#with = options;
    this.#wake = new WakeSignal(options.clock);
  }

  /** How many rows have been deleted. */
  get deleted(): number {
    return this.#deleted;
  }

  add(subscription: number, message: PostgresMessage): void {
    this.#waiting.push([subscription, message]);
    if (this.#waiting.length === BATCH) this.#wake.wake();
    this.#running ??= this.#run();
  }

  /** Resolves when what was added is deleted, or never will be because of {@link Settler.close}. */
  async flush(): Promise<void> {
    if (this.#waiting.length === 0 && this.#running === undefined) return;
    await new Promise<void>((resolve) => {
      this.#waiters.push({ count: this.#deleted + this.#underway + this.#waiting.length, resolve });
      this.#wake.wake();
    });
  }

  /** Tries nothing again any more. */
  close(): void {
    this.#closed.abort();
  }

  async #run(): Promise<void> {
    const { clock, logger } = this.#with;
    const backoff = new Backoff();
    while (this.#waiting.length > 0) {
      const isUrgent = this.#waiters.length > 0 || this.#waiting.length >= BATCH;
      if (!isUrgent) await this.#wake.sleep(GATHER_MS);
      const batch = this.#waiting.splice(0, BATCH);
      this.#underway = batch.length;
      try {
        await this.#delete(batch);
        backoff.succeeded();
      } catch (error) {
        this.#waiting.unshift(...batch);
        this.#underway = 0;
        logger.warn(
          { error, messages: this.#waiting.length },
          'messages that were dealt with could not be deleted; tried again soon',
        );
        await clock.sleep(backoff.next(), this.#closed.signal);
        if (this.#closed.signal.aborted) break;
      }
    }
    this.#running = undefined;
    this.#endWaits(Infinity);
  }

  #endWaits(deleted: number): void {
    for (const { resolve } of this.#waiters.filter(({ count }) => count <= deleted)) resolve();
    this.#waiters = this.#waiters.filter(({ count }) => count > deleted);
  }

  async #delete(batch: readonly (readonly [number, PostgresMessage])[]): Promise<void> {
    const { database, schema } = this.#with;
    await database.run(
      schema.call(
        'settle',
        arrayOf(batch.map(([subscription]) => subscription)),
        arrayOf(batch.map(([, { partition }]) => partition.number)),
        arrayOf(batch.map(([, { seq }]) => seq)),
      ),
    );
    this.#deleted += batch.length;
    this.#underway = 0;
    for (const [, message] of batch) message.partition.deleted(message);
    this.#endWaits(this.#deleted);
  }
}
