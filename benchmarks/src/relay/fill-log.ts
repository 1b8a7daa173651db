import { createKnex, migrateTidings } from '@tidings/persistence-knex';
import type { Knex } from 'knex';

import { BODY, TYPE, type RelaySettings } from './settings.ts';

/** What Postgres has written to its write-ahead log, in bytes. */
export interface FillMeasurement {
  /** To store the messages. */
  readonly insert: number;
  /** To vacuum the table afterwards, which also freezes the rows. */
  readonly vacuum: number;
}

/** Makes the tables of Tidings, and a log of messages that are committed and not yet relayed. */
export async function fillLog({ url, warmUp, messages }: RelaySettings): Promise<FillMeasurement> {
  const db = createKnex({ url, poolSize: 1, statementTimeoutMs: 300_000 });
  try {
    await migrateTidings(db);
    // After a checkpoint whole pages go to the write-ahead log once, which is no cost of a message.
    await db.raw('checkpoint');
    const empty = await writtenBytes(db);
    await db.raw(
      `insert into tidings.messages
         (id, kind, type, source, subject, time, dataversion, aggregateversion, correlationid, partitionkey, body)
       select gen_random_uuid()::text, 'event', ?, 'benchmark', 'key-' || n % 1000, '2026-01-01T00:00:00.000Z',
              1, 1 + n / 1000, gen_random_uuid()::text, 'key-' || n % 1000, ?
       from generate_series(1, ?) as n`,
      [TYPE, BODY, warmUp + messages],
    );
    const filled = await writtenBytes(db);
    await db.raw('vacuum (freeze, analyze) tidings.messages');
    const vacuumed = await writtenBytes(db);
    await db.raw('checkpoint');
    return { insert: filled - empty, vacuum: vacuumed - filled };
  } finally {
    await db.destroy();
  }
}

/** How much Postgres has ever written to its write-ahead log. */
export async function writtenBytes(db: Knex): Promise<number> {
  const { rows } = await db.raw<{ rows: { bytes: string }[] }>(
    `select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0') as bytes`,
  );
  return Number(rows[0]?.bytes);
}
