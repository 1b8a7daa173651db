import {
  systemClock,
  UuidV7Generator,
  type Delivery,
  type Envelope,
  type OutgoingMessage,
  type Transport,
} from '@tidings/core';
import { postgresMessaging, waitingDeliveries } from '@tidings/messaging-postgres';
import { createKnex } from '@tidings/persistence-knex';
import type { Knex } from 'knex';

import { silent } from '../dispatch/tidings-app.ts';
import type { Measurement } from '../harness/contender.ts';
import { Handled } from './measuring.ts';
import { AT_ONCE, jobOf, type Job, type QueueSettings } from './settings.ts';

const QUEUE = { name: 'jobs', kind: 'event', types: ['bench.Job'] } as const;
const KEYS = 1000;
const BATCH = 500;

/** The transport of one process of a service, without the rest of the application. */
async function openTransport(db: Knex): Promise<Transport> {
  const transport = postgresMessaging(db).transport?.({
    service: 'benchmark',
    clock: systemClock,
    ids: new UuidV7Generator(systemClock),
    logger: silent,
  });
  if (transport === undefined) throw new TypeError('the adapter brings no transport');
  await transport.declare([QUEUE]);
  return transport;
}

function messageOf(n: number): OutgoingMessage {
  const envelope: Envelope = {
    id: `job-${n}`,
    kind: 'event',
    type: 'bench.Job',
    source: 'benchmark',
    time: '2026-01-01T00:00:00.000Z',
    dataversion: 1,
    correlationid: `job-${n}`,
    partitionkey: `key-${n % KEYS}`,
    body: JSON.stringify(jobOf(n)),
  };
  return { envelope, republished: false };
}

async function consume(transport: Transport, handled: Handled): Promise<void> {
  await transport.subscribe(
    QUEUE.name,
    async ({ message }: Delivery) => {
      handled.note((JSON.parse((message as Envelope).body) as Job).n);
      return 'settle';
    },
    { concurrency: AT_ONCE },
  );
}

export async function drainTidings({ url, messages }: QueueSettings): Promise<Measurement> {
  const db = createKnex({ url });
  const transport = await openTransport(db);
  const handled = new Handled();
  for (let from = 0; from < messages; from += BATCH) {
    const count = Math.min(BATCH, messages - from);
    await transport.publish(Array.from({ length: count }, (_, n) => messageOf(from + n)));
  }
  const measured = await handled.drain(
    messages,
    () => consume(transport, handled),
    async () => (await waitingDeliveries(db)).every(({ count }) => count === 0),
  );
  await transport.close();
  await db.destroy();
  return measured;
}

/** Sender and receiver have connections of their own, as two processes would. */
export async function latencyOfTidings({ url, messages }: QueueSettings): Promise<Measurement> {
  const dbs = [createKnex({ url }), createKnex({ url })] as const;
  const [sender, receiver] = [await openTransport(dbs[0]), await openTransport(dbs[1])];
  const handled = new Handled();
  await consume(receiver, handled);
  const measured = await handled.latency(messages, (n) => sender.publish([messageOf(n)]));
  await Promise.all([sender.close(), receiver.close()]);
  await Promise.all(dbs.map((db) => db.destroy()));
  return measured;
}
