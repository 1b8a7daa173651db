import type { Adapter, StartOptions } from '@tidings/core';
import { rabbitmqMessaging } from '@tidings/messaging-rabbitmq';
import { CollectingLogger, eventually } from '@tidings/testing';
import { startRabbitmq, type PrivateRabbitmq, type PrivateVhost } from '@tidings/testing/servers';
import { connect } from 'amqplib';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { postgresMessaging, waitingDeliveries } from '../src/index.ts';
import { ledgerApp, type LedgerApp } from './support/ledger-app.ts';
import { entriesIn, expectAll, makeLedger, publishNumbers } from './support/ledger.ts';
import { testDatabase } from './support/test-database.ts';

const database = testDatabase();
let broker: PrivateRabbitmq;
let vhost: PrivateVhost;

beforeAll(async () => {
  broker = await startRabbitmq();
  vhost = await broker.createVhost();
});
afterAll(async () => {
  await vhost.assertNothingLeft();
  await vhost.drop();
  await broker.stop();
});

type Transport = 'Postgres' | 'RabbitMQ';

/** Starts a process of the service; `db` is its own. */
async function start(transport: Transport, options: StartOptions): Promise<LedgerApp> {
  const adapters: Readonly<Record<Transport, (db: LedgerApp['db']) => Adapter>> = {
    Postgres: (db) => postgresMessaging(db, { leaseMs: 1000 }),
    RabbitMQ: () => rabbitmqMessaging({ url: vhost.url }),
  };
  const process = ledgerApp(database.url, transport, new CollectingLogger(), adapters[transport]);
  database.onClose(() => stop(process));
  await process.app.start(options);
  return process;
}

async function stop({ app, db }: LedgerApp): Promise<void> {
  await app.stop();
  await db.destroy();
}

/** How many messages wait in the queue of RabbitMQ; those that a consumer has are not counted. */
async function waitingInRabbitmq(): Promise<number> {
  const connection = await connect(vhost.url);
  try {
    const channel = await connection.createChannel();
    return (await channel.checkQueue('ledger.ledger')).messageCount;
  } finally {
    await connection.close();
  }
}

test(
  'a service moves from Postgres to RabbitMQ and back while it works, and nothing is lost, doubled or out of order',
  { timeout: 120_000 },
  async () => {
    await makeLedger(database.db);
    // A process that goes on taking requests: it only commits, so its transport does not matter.
    const front = await start('Postgres', { relay: false, consume: false });
    let count = 0;
    const moved = new AbortController();
    const publishing = (async () => {
      for (; !moved.signal.aborted; count += 1) {
        await publishNumbers(front.app, count, 1);
        // No faster than it is handled, but for so many that gather while nobody relays.
        await eventually(async () => (await entriesIn(database.db)).length > (count - 80) * 40, {
          timeoutMs: 60_000,
        });
      }
    })();
    const entered = async (by: Transport): Promise<number> =>
      (await entriesIn(database.db)).filter((entry) => entry.by === by).length;

    const first = await start('Postgres', {});
    await eventually(async () => (await entered('Postgres')) > 400);
    await stop(first);

    // Nothing is relayed any more, and what waits in Postgres is handled.
    const draining = await start('Postgres', { relay: false });
    await eventually(
      async () => (await waitingDeliveries(database.db)).every(({ count: left }) => left === 0),
      { timeoutMs: 30_000 },
    );
    await stop(draining);

    const second = await start('RabbitMQ', {});
    await eventually(async () => (await entered('RabbitMQ')) > 400, { timeoutMs: 30_000 });
    await stop(second);

    const back = await start('RabbitMQ', { relay: false });
    await eventually(async () => {
      const queues = await vhost.queues();
      return queues.every(({ ready, unacknowledged }) => ready + unacknowledged === 0);
    });
    await stop(back);
    expect(await waitingInRabbitmq()).toBe(0);

    const before = await entered('Postgres');
    await start('Postgres', {});
    await eventually(async () => (await entered('Postgres')) > before + 400, { timeoutMs: 30_000 });
    moved.abort();
    await publishing;
    await expectAll(database.db, count);
  },
);
