import type { Clock, Logger } from '@tidings/core';

import type { Database } from '../database/database.ts';
import type { Schema } from '../schema/schema.ts';
import type { Settler } from './settler.ts';

/** How often requests and replies are deleted that nobody waits for any more, and how many at once. */
const EXPIRED = { everyMs: 10_000, rows: 1000 };
/** An embedded database has nobody who vacuums: done after so many rows were deleted. */
const VACUUM_AFTER_ROWS = 5000;

export interface CleanerOptions {
  readonly database: Database;
  readonly schema: Schema;
  readonly settler: Settler;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Takes away, in bounded steps, what is left of messages that nobody needs any more. */
export class Cleaner {
  readonly #with: CleanerOptions;
  #cleanedAt: number;
  #vacuumedAt = 0;

  constructor(options: CleanerOptions) {
    this.#with = options;
    this.#cleanedAt = options.clock.monotonic();
  }

  /** Does what is due. What fails is done another time. */
  async clean(): Promise<void> {
    const { database, schema, settler, clock, logger } = this.#with;
    try {
      if (clock.monotonic() - this.#cleanedAt >= EXPIRED.everyMs) {
        this.#cleanedAt = clock.monotonic();
        await database.run(schema.call('clean', EXPIRED.rows));
      }
      if (database.isEmbedded && settler.deleted - this.#vacuumedAt >= VACUUM_AFTER_ROWS) {
        this.#vacuumedAt = settler.deleted;
        await database.lend((connection) =>
          connection.script(`vacuum ${schema.quoted}.deliveries`),
        );
      }
    } catch (error) {
      logger.warn({ error }, 'what is left of messages could not be taken away; done another time');
    }
  }
}
