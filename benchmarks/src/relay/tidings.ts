import { createApp } from '@tidings/core';
import { createKnex, knexPersistence } from '@tidings/persistence-knex';

import { silent } from '../dispatch/tidings-app.ts';
import type { Measurement } from '../harness/contender.ts';
import { fillLog, writtenBytes } from './fill-log.ts';
import type { RelaySettings } from './settings.ts';
import { sinkOf } from './sink.ts';

/** The relay of an application: sequences, reads, publishes, writes its checkpoint. */
export async function relayed(settings: RelaySettings): Promise<Measurement> {
  const { insert, vacuum } = await fillLog(settings);
  const db = createKnex({ url: settings.url, poolSize: 2 });
  const { transport, measured } = await sinkOf(settings);
  const app = createApp({
    service: 'benchmark',
    features: [],
    adapters: [knexPersistence(db), { name: 'sink', transport: () => transport }],
    logger: silent,
  });
  const before = await writtenBytes(db);
  await app.start({ consume: false });
  const measurement = await measured;
  // The last checkpoint is written when the relay stops.
  await app.stop();
  const relay = (await writtenBytes(db)) - before;
  await db.destroy();
  const all = settings.warmUp + settings.messages;
  return {
    ...measurement,
    insertBytes: insert / all,
    relayBytes: relay / all,
    vacuumBytes: vacuum / all,
  };
}
