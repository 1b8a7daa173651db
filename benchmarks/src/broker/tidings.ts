import { createApp, feature, on, type Adapter, type Transport } from '@tidings/core';
import { event } from '@tidings/domain';
import { rabbitmqMessaging } from '@tidings/messaging-rabbitmq';
import { createKnex, knexPersistence, KnexUnit } from '@tidings/persistence-knex';
import { z } from 'zod';

import { silent } from '../dispatch/tidings-app.ts';
import type { Measurement } from '../harness/contender.ts';
import type { ServerSettings } from '../harness/on-servers.ts';
import { stopwatch } from '../harness/stopwatch.ts';
import { fillLog } from '../relay/fill-log.ts';
import { connectTo, declareSink, publishMany } from './by-hand.ts';
import { percentiles } from './measuring.ts';
import {
  CONCURRENCY,
  DATA,
  PER_SECOND,
  PREFETCH,
  SERVICE,
  SUBSCRIPTION,
  TYPE,
} from './settings.ts';

const Happened = event(
  TYPE,
  z.object({ orderId: z.string(), sku: z.string(), qty: z.int(), note: z.string() }),
);

/** The relay of an application, from a log on Postgres until the broker has confirmed everything. */
export async function relayToBroker(settings: ServerSettings): Promise<Measurement> {
  const { url, amqpUrl, messages } = settings;
  const warmUp = messages / 10;
  const connection = await connectTo(settings);
  await declareSink(await connection.createChannel());
  await connection.close();
  await fillLog({ url, warmUp, messages });
  const db = createKnex({ url, poolSize: 2 });
  let confirmed = 0;
  let stop = stopwatch(messages);
  const app = await new Promise<{ stopped: Measurement }>((resolve, reject) => {
    const counting = counted(rabbitmqMessaging({ url: amqpUrl }), (count) => {
      const before = confirmed;
      confirmed += count;
      if (before < warmUp && confirmed >= warmUp) stop = stopwatch(warmUp + messages - confirmed);
      if (confirmed === warmUp + messages) {
        const stopped = stop();
        running.stop().then(() => resolve({ stopped }), reject);
      }
    });
    const running = createApp({
      service: `${SERVICE}-relay`,
      features: [],
      adapters: [knexPersistence(db), counting],
      logger: silent,
    });
    running.start({ consume: false }).catch(reject);
  });
  await db.destroy();
  return app.stopped;
}

/** The adapter, telling of every message that its transport has published. */
function counted(adapter: Adapter<never>, onPublished: (count: number) => void): Adapter<never> {
  const { transport: create } = adapter;
  if (create === undefined) return adapter;
  return {
    ...adapter,
    transport: (context) => {
      const transport = create(context);
      const publish: Transport['publish'] = async (list) => {
        await transport.publish(list);
        onPublished(list.length);
      };
      return new Proxy(transport, {
        get: (target, name) => {
          if (name === 'publish') return publish;
          const value: unknown = Reflect.get(target, name, target);
          return typeof value === 'function' ? (value.bind(target) as unknown) : value;
        },
      });
    },
  };
}

/** One transaction for each message: inbox, the handler's statement, commit; then the acknowledgement. */
export async function consumeFromBroker(settings: ServerSettings): Promise<Measurement> {
  const { url, amqpUrl, messages } = settings;
  const db = createKnex({ url, poolSize: CONCURRENCY });
  await db.raw('create table effect (id text primary key, qty int not null)');
  let left = messages;
  let finish: (() => void) | undefined;
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const sink = on(
    Happened,
    SUBSCRIPTION,
    { unit: KnexUnit },
    async ({ qty }, { unit }, { messageId }) => {
      await unit.run({
        name: 'effect',
        text: 'insert into effect values ($1, $2)',
        values: [messageId, qty],
      });
      left -= 1;
      if (left === 0) finish?.();
    },
    { concurrency: CONCURRENCY },
  );
  const app = createApp({
    service: SERVICE,
    features: [feature('sink', [sink])],
    adapters: [
      knexPersistence(db),
      rabbitmqMessaging({ url: amqpUrl, defaults: { prefetch: PREFETCH } }),
    ],
    logger: silent,
  });
  await app.start({ consume: false, relay: false });
  const connection = await connectTo(settings);
  await publishMany(await connection.createConfirmChannel(), messages);
  await connection.close();
  await app.stop();
  const stop = stopwatch(messages);
  await app.start({ relay: false });
  await finished;
  const measured = stop();
  await app.stop();
  await db.destroy();
  return measured;
}

/** From the commit of an event to its handler in another application, at a low rate. */
export async function latencyOverBroker(settings: ServerSettings): Promise<Measurement> {
  const { url, amqpUrl, messages } = settings;
  const took: number[] = [];
  const committedAt = new Map<number, number>();
  const sink = on(Happened, SUBSCRIPTION, {}, ({ qty }) => {
    const committed = committedAt.get(qty);
    if (committed !== undefined) took.push(performance.now() - committed);
  });
  const start = async (parts: readonly [typeof sink] | readonly [], consume: boolean) => {
    const db = createKnex({ url, poolSize: CONCURRENCY });
    const app = createApp({
      service: SERVICE,
      features: [feature('sink', parts)],
      adapters: [knexPersistence(db), rabbitmqMessaging({ url: amqpUrl })],
      logger: silent,
    });
    await app.start({ consume, relay: !consume });
    return { app, db };
  };
  const consumer = await start([sink], true);
  const publisher = await start([], false);
  for (let n = 0; n < messages; n += 1) {
    // The handler may be there before this resolves; then the latency counts from here.
    committedAt.set(n, performance.now());
    await publisher.app.bus.publish(Happened({ ...DATA, qty: n }));
    if (took.length <= n) committedAt.set(n, performance.now());
    await new Promise((resolve) => setTimeout(resolve, 1000 / PER_SECOND));
  }
  while (took.length < messages) await new Promise((resolve) => setTimeout(resolve, 10));
  for (const { app, db } of [publisher, consumer]) {
    await app.stop();
    await db.destroy();
  }
  return percentiles(took);
}
