import { createKnex, migrateTidings } from '@tidings/persistence-knex';

import { BODY, TYPE, type RelaySettings } from './settings.ts';

/** Makes the tables of Tidings, and a log of messages that are committed and not yet relayed. */
export async function fillLog({ url, messages }: RelaySettings): Promise<void> {
  const db = createKnex({ url, poolSize: 1, statementTimeoutMs: 300_000 });
  try {
    await migrateTidings(db);
    await db.raw(
      `insert into tidings.messages
         (id, kind, type, source, subject, time, dataversion, aggregateversion, correlationid, partitionkey, body)
       select gen_random_uuid()::text, 'event', ?, 'benchmark', 'key-' || n % 1000, '2026-01-01T00:00:00.000Z',
              1, 1 + n / 1000, gen_random_uuid()::text, 'key-' || n % 1000, ?
       from generate_series(1, ?) as n`,
      [TYPE, BODY, messages],
    );
    await db.raw('vacuum analyze tidings.messages');
    await db.raw('checkpoint');
  } finally {
    await db.destroy();
  }
}
