import {
  createUncheckedApp,
  feature,
  handle,
  type Adapter,
  type App,
  type FeaturePart,
} from '@tidings/core';
import { command } from '@tidings/domain';
import { inMemory } from '@tidings/in-memory';
import { createKnex, knexPersistence } from '@tidings/persistence-knex';
import { createPgliteKnex } from '@tidings/persistence-knex/pglite';
import { CollectingLogger, eventually, gate } from '@tidings/testing';
import { beforeEach, expect, test } from 'vitest';
import { z } from 'zod';

import { postgresMessaging, waitingDeliveries } from '../src/index.ts';
import { eventOf } from './support/events.ts';
import { killBackends } from './support/kill-backends.ts';
import { testDatabase } from './support/test-database.ts';

const database = testDatabase();
let logger: CollectingLogger;
beforeEach(() => {
  logger = new CollectingLogger();
});

const Double = command('calculator.Double', z.object({ n: z.int() }), { result: z.int() });

/** The store in memory, without its transport. */
function storeAlone(): Adapter {
  const { transport: _, ...adapter } = inMemory();
  return adapter;
}

async function start(
  service: string,
  parts: readonly FeaturePart[],
  options: { readonly listen?: boolean } = {},
): Promise<App> {
  const db = createKnex({ url: database.url, applicationName: 'victim' });
  const app = createUncheckedApp({
    service,
    features: [feature('test', parts)],
    adapters: [storeAlone(), postgresMessaging(db, options)],
    logger,
  });
  database.onClose(async () => {
    await app.stop({ deadlineMs: 500 });
    await db.destroy();
  });
  await app.start();
  return app;
}

/** A service that handles the command, and another that only asks. */
async function two(
  doubling: (n: number) => number | Promise<number>,
  options: { readonly listen?: boolean } = {},
): Promise<{ calculator: App; client: App }> {
  const calculator = await start(
    'calculator',
    [handle(Double, {}, ({ n }) => doubling(n))],
    options,
  );
  return { calculator, client: await start('client', [], options) };
}

async function waiting(): Promise<number> {
  const all = await waitingDeliveries(database.db);
  return all.reduce((sum, { count }) => sum + count, 0);
}

test.each([[true], [false]])(
  'a command is carried out by another service, and its result comes back, listening %s',
  async (listen) => {
    const { client } = await two((n) => 2 * n, { listen });
    expect(await client.bus.request(Double({ n: 21 }))).toBe(42);
  },
);

test('200 requests at once get each their own answer, and nothing is left of them', async () => {
  const { client } = await two((n) => 2 * n);
  const numbers = Array.from({ length: 200 }, (_, n) => n);
  const answers = await Promise.all(numbers.map((n) => client.bus.request(Double({ n }))));
  expect(answers).toEqual(numbers.map((n) => 2 * n));
  await eventually(async () => (await waiting()) === 0);
  const { rows } = await database.db.raw<{ rows: unknown[] }>(
    'select 1 from tidings_messaging.replies',
  );
  expect(rows).toEqual([]);
});

test('a service can ask itself', async () => {
  const { calculator } = await two((n) => 2 * n);
  expect(await calculator.bus.request(Double({ n: 4 }))).toBe(8);
});

test('the error of the handler comes back; nothing is retried and nothing becomes a dead letter', async () => {
  let attempts = 0;
  const { client, calculator } = await two(() => {
    attempts += 1;
    throw new RangeError('too much');
  });
  await expect(client.bus.request(Double({ n: 1 }))).rejects.toMatchObject({
    code: 'TIDINGS_REMOTE_COMMAND',
    remote: { name: 'RangeError', message: 'too much' },
  });
  expect(attempts).toBe(1);
  expect((await calculator.deadLetters.list()).total).toBe(0);
});

test('a command that nobody takes is an error at once', async () => {
  const { client } = await two((n) => n);
  const Other = command('calculator.Other', z.object({}));
  await expect(client.bus.request(Other({}), { timeoutMs: 60_000 })).rejects.toMatchObject({
    code: 'TIDINGS_UNKNOWN_COMMAND',
  });
});

test('when nobody answers in time that is said, and what nobody waits for any more is not done later', async () => {
  let handled = 0;
  const { calculator, client } = await two((n) => {
    handled += 1;
    return n;
  });
  await calculator.stop();
  await expect(client.bus.request(Double({ n: 1 }), { timeoutMs: 100 })).rejects.toMatchObject({
    code: 'TIDINGS_WAIT_TIMEOUT',
  });
  await eventually(async () => (await waiting()) === 0);
  await calculator.start();
  expect(await client.bus.request(Double({ n: 2 }))).toBe(2);
  expect(handled).toBe(1);
});

test('a request whose sender has died expires, is not carried out, and is deleted', async () => {
  let handled = 0;
  const { calculator } = await two((n) => {
    handled += 1;
    return n;
  });
  await calculator.stop();
  await database.db.raw(
    `select tidings_messaging.request('somebody', 1000, 'calculator.Double', 1, ?, 'nowhere', 1)`,
    [JSON.stringify({ id: 'late' })],
  );
  expect(await waiting()).toBe(1);
  await calculator.start();
  await eventually(async () => (await waiting()) === 0);
  expect(handled).toBe(0);
});

test('what nobody waits for is deleted in steps, also where nobody consumes', async () => {
  await two((n) => n);
  const { db } = database;
  await db.raw(
    `insert into tidings_messaging.deliveries (subscription, partition, redelivered, envelope, reply_to, expires_at)
     select 0, 0, false, '', 'nowhere', now() - interval '1 second' from generate_series(1, 25)`,
  );
  await db.raw(
    `insert into tidings_messaging.replies select n, 'nowhere', true, '', now() - interval '1 second'
     from generate_series(1, 25) as n`,
  );
  const left = async (): Promise<unknown> => {
    const { rows } = await db.raw<{ rows: unknown[] }>(
      `select (select count(*)::int from tidings_messaging.deliveries) as requests,
              (select count(*)::int from tidings_messaging.replies) as replies`,
    );
    return rows[0];
  };
  await db.raw('select tidings_messaging.clean(10)');
  expect(await left()).toEqual({ requests: 15, replies: 15 });
  await db.raw('select tidings_messaging.clean(20)');
  expect(await left()).toEqual({ requests: 0, replies: 0 });
});

test('under one intent a request takes effect once, and the first answer comes again', async () => {
  let handled = 0;
  const { client } = await two((n) => {
    handled += 1;
    return n + handled;
  });
  expect(await client.bus.request(Double({ n: 1 }), { intent: 'i' })).toBe(2);
  expect(await client.bus.request(Double({ n: 1 }), { intent: 'i' })).toBe(2);
});

test('when all connections are lost while it waits it is answered all the same', async () => {
  const { opened, open } = gate();
  let handled = 0;
  const { client } = await two(async (n) => {
    handled += 1;
    await opened;
    return n;
  });
  const requested = client.bus.request(Double({ n: 1 }), { timeoutMs: 60_000 });
  await eventually(() => handled === 1);
  await killBackends(database.db);
  open();
  expect(await requested).toBe(1);
});

test('a sender that gives up hears why at once, and what nobody waits for is taken back', async () => {
  const { calculator, client } = await two((n) => n);
  await calculator.stop();
  const controller = new AbortController();
  const requested = client.bus.request(Double({ n: 1 }), { signal: controller.signal });
  await eventually(async () => (await waiting()) === 1);
  controller.abort(new Error('not interested any more'));
  await expect(requested).rejects.toThrow('not interested any more');
  await eventually(async () => (await waiting()) === 0);
});

test('a transport that closes leaves nobody waiting', async () => {
  const { calculator, client } = await two((n) => n);
  await calculator.stop();
  const requested = client.bus.request(Double({ n: 1 }), { timeoutMs: 60_000 });
  requested.catch(() => {});
  await eventually(async () => (await waiting()) === 1);
  await client.stop();
  await expect(requested).rejects.toMatchObject({ transient: true });
});

test('on PGlite a handler cannot ask, and is told so; whoever is no handler can', async () => {
  const Ask = command('calculator.Ask', z.object({}));
  const db = createPgliteKnex();
  database.onClose(() => db.destroy());
  let app: App | undefined;
  app = createUncheckedApp({
    service: 'calculator',
    features: [
      feature('test', [
        handle(Double, {}, ({ n }) => 2 * n),
        handle(Ask, {}, async () => {
          await app?.bus.request(Double({ n: 1 }));
        }),
      ]),
    ],
    adapters: [knexPersistence(db), postgresMessaging(db)],
    logger: new CollectingLogger(),
  });
  await app.start();
  expect(await app.bus.request(Double({ n: 2 }))).toBe(4);
  await expect(app.bus.execute(Ask({}))).rejects.toMatchObject({
    code: 'TIDINGS_TRANSPORT_USAGE',
    message: expect.stringContaining('calculator.Ask') as string,
  });
  await app.stop();
});

test('a reply that the database refuses is logged, and disturbs nobody', async () => {
  const { calculator, client } = await two((n) => n);
  await database.db.raw(
    `select tidings_messaging.request('somebody', 1000, 'calculator.Double', 1, ?, ?, 60000)`,
    [
      JSON.stringify(
        eventOf('odd', { kind: 'command', type: 'calculator.Double', body: '{"n":1}' }),
      ),
      'a channel of more than 63 characters, which the server does not have and refuses',
    ],
  );
  await eventually(() => logger.messages('warn').includes('a request could not be answered'));
  await eventually(async () => (await waiting()) === 0);
  expect(await client.bus.request(Double({ n: 1 }))).toBe(1);
  expect((await calculator.deadLetters.list()).total).toBe(0);
});
