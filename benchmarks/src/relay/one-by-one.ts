import { createApp, type Transport } from '@tidings/core';
import { event } from '@tidings/domain';
import { InMemoryTransport, inMemoryTransport } from '@tidings/in-memory';
import { createKnex, knexPersistence, migrateTidings } from '@tidings/persistence-knex';
import type { Knex } from 'knex';

import { trivialSchema } from '../dispatch/schemas.ts';
import { line } from '../dispatch/settings.ts';
import { silent } from '../dispatch/tidings-app.ts';
import type { Measurement } from '../harness/contender.ts';
import { writtenBytes } from './fill-log.ts';
import { TYPE, type RelaySettings } from './settings.ts';

const Happened = event(TYPE, trivialSchema);

/** The relay where batches save nothing: each message is relayed before the next one is stored. */
export async function oneByOne({ url, messages }: RelaySettings): Promise<Measurement> {
  const db = createKnex({ url, poolSize: 2 });
  await migrateTidings(db);
  const insertBytes = await stored(db, messages);
  const { transport, arrival } = await counted();
  const app = createApp({
    service: 'benchmark',
    features: [],
    adapters: [knexPersistence(db), { name: 'sink', transport: () => transport }],
    logger: silent,
  });
  const backlog = arrival(2 * messages);
  await app.start({ consume: false });
  await backlog;
  const before = await writtenBytes(db);
  const start = performance.now();
  for (let count = 0; count < messages; count += 1) {
    const arrived = arrival(1);
    await app.bus.publish(Happened(line));
    await arrived;
  }
  const elapsed = performance.now() - start;
  await app.stop();
  const bytes = ((await writtenBytes(db)) - before) / messages;
  await db.destroy();
  return {
    perSecond: (messages * 1000) / elapsed,
    insertBytes,
    relayBytes: bytes - insertBytes,
  };
}

/** Stores messages, each in a transaction of its own, and tells what one of them writes. */
async function stored(db: Knex, messages: number): Promise<number> {
  const app = createApp({
    service: 'benchmark',
    features: [],
    adapters: [knexPersistence(db), inMemoryTransport()],
    logger: silent,
  });
  await app.start({ relay: false, consume: false });
  const some = async (): Promise<number> => {
    const before = await writtenBytes(db);
    for (let count = 0; count < messages; count += 1) await app.bus.publish(Happened(line));
    return ((await writtenBytes(db)) - before) / messages;
  };
  // The first ones bring whole pages to the write-ahead log, which later ones find there.
  await some();
  const bytes = await some();
  await app.stop();
  return bytes;
}

async function counted(): Promise<{
  readonly transport: Transport;
  /** Resolves when so many further messages have arrived. */
  readonly arrival: (messages: number) => Promise<void>;
}> {
  const transport = new InMemoryTransport();
  await transport.declare([{ name: 'sink', kind: 'event', types: [TYPE] }]);
  let left = 0;
  let resolve: (() => void) | undefined;
  await transport.subscribe(
    'sink',
    async () => {
      left -= 1;
      if (left === 0) resolve?.();
      return 'settle';
    },
    { concurrency: 8 },
  );
  const arrival = (messages: number): Promise<void> =>
    new Promise((arrived) => {
      left = messages;
      resolve = arrived;
    });
  return { transport, arrival };
}
