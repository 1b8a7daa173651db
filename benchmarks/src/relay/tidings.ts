import { createApp } from '@tidings/core';
import { createKnex, knexPersistence } from '@tidings/persistence-knex';
import type { Knex } from 'knex';

import { silent } from '../dispatch/tidings-app.ts';
import type { Measurement } from '../harness/contender.ts';
import { fillLog } from './fill-log.ts';
import type { RelaySettings } from './settings.ts';
import { sinkOf } from './sink.ts';
import { stopwatch } from './stopwatch.ts';

/** The relay of an application: sequences, reads, publishes, writes its checkpoint. */
export async function relayed(settings: RelaySettings): Promise<Measurement> {
  await fillLog(settings);
  const db = createKnex({ url: settings.url, poolSize: 2 });
  const { transport, received } = await sinkOf(settings.messages);
  const app = createApp({
    service: 'benchmark',
    features: [],
    adapters: [knexPersistence(db), { name: 'sink', transport: () => transport }],
    logger: silent,
  });
  const before = await writtenBytes(db);
  const stop = stopwatch(settings.messages);
  await app.start({ consume: false });
  await received;
  const measured = stop();
  // The last checkpoint is written when the relay stops.
  await app.stop();
  const written = (await writtenBytes(db)) - before;
  await db.destroy();
  return { ...measured, walBytes: written / settings.messages };
}

/** How much Postgres has ever written to its write-ahead log. */
async function writtenBytes(db: Knex): Promise<number> {
  const { rows } = await db.raw<{ rows: { bytes: string }[] }>(
    `select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') as bytes`,
  );
  return Number(rows[0]?.bytes);
}
