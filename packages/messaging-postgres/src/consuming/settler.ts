import { Backoff, type Clock, type Logger } from '@tidings/core';

import type { Database } from '../database/database.ts';
import { arrayOf } from '../database/statement.ts';
import type { Schema } from '../schema/schema.ts';
import type { PostgresMessage } from './postgres-message.ts';

/** How many messages one statement deletes at most. */
const BATCH = 1000;

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
  #running: Promise<void> | undefined;
  #deleted = 0;

  constructor(options: SettlerOptions) {
    this.#with = options;
  }

  /** How many rows have been deleted. */
  get deleted(): number {
    return this.#deleted;
  }

  add(subscription: number, message: PostgresMessage): void {
    this.#waiting.push([subscription, message]);
    this.#running ??= this.#run();
  }

  /** Resolves when what was added is deleted, or never will be because of {@link Settler.close}. */
  async flush(): Promise<void> {
    await this.#running;
  }

  /** Tries nothing again any more. */
  close(): void {
    this.#closed.abort();
  }

  async #run(): Promise<void> {
    const { clock, logger } = this.#with;
    const backoff = new Backoff();
    // What is settled in one turn is deleted together.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, BATCH);
      try {
        await this.#delete(batch);
        backoff.succeeded();
      } catch (error) {
        this.#waiting.unshift(...batch);
        logger.warn(
          { error, messages: this.#waiting.length },
          'messages that were dealt with could not be deleted; tried again soon',
        );
        await clock.sleep(backoff.next(), this.#closed.signal);
        if (this.#closed.signal.aborted) break;
      }
    }
    this.#running = undefined;
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
    for (const [, message] of batch) message.partition.deleted(message);
  }
}
