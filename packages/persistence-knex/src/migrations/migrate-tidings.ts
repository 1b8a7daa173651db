import type { Knex } from 'knex';

import { KnexSessionPool, type LendingClient } from '../connection/knex-session-pool.ts';
import { Schema } from '../connection/schema.ts';
import { migrate } from './migrate.ts';

/**
 * Makes the tables of Tidings, or brings them up to date. An application does that when it starts;
 * call this where a deployment migrates before it starts anything. Safe in several processes at once.
 */
export async function migrateTidings(db: Knex, options: { schema?: string } = {}): Promise<void> {
  const pool = new KnexSessionPool(db.client as LendingClient);
  await migrate(pool, new Schema(options.schema ?? 'tidings'));
}
