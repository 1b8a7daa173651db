import type { Knex } from 'knex';

import { integer, textIn, type Row } from './database/statement.ts';
import { Schema } from './schema/schema.ts';

/** How much of a subscription has not been dealt with. */
export interface WaitingDeliveries {
  readonly service: string;
  readonly subscription: string;
  /** Deliveries that wait or are in the hands of a handler. */
  readonly count: number;
}

/**
 * Counts what {@link postgresMessaging} has to deliver, of every subscription of every service; none where it
 * was never used. Takes the longer the more waits, so it is for people and for scripts that wait until all is
 * delivered.
 *
 * @param options.schema default `tidings_messaging`
 */
export async function waitingDeliveries(
  db: Knex,
  options: { readonly schema?: string } = {},
): Promise<readonly WaitingDeliveries[]> {
  const { quoted } = new Schema(options.schema ?? 'tidings_messaging');
  const known = await db.raw<{ rows: Row[] }>('select to_regclass(?) is not null as known', [
    `${quoted}.deliveries`,
  ]);
  if (known.rows[0]?.['known'] !== true) return [];
  // Primary keys; locks nothing.
  const { rows } = await db.raw<{ rows: Row[] }>(
    `select s.service, s.name, (select count(*) from ${quoted}.deliveries d where d.subscription = s.id) as count
     from ${quoted}.subscriptions s order by s.service, s.name`,
  );
  return rows.map((row) => ({
    service: textIn(row['service']),
    subscription: textIn(row['name']),
    count: integer(row['count']),
  }));
}
