import { PublishError, type Delivery, type Envelope, type Transport } from '@tidings/core';
import { createKnex } from '@tidings/persistence-knex';
import { CollectingLogger, eventually, gate, neverWithin } from '@tidings/testing';
import { FaultProxy } from '@tidings/testing/faults';
import { expect, test } from 'vitest';

import { eventOf, eventsOf, publishAll } from './support/events.ts';
import { killBackends } from './support/kill-backends.ts';
import { transportOf } from './support/postgres-harness.ts';
import { testDatabase, type OpenOptions } from './support/test-database.ts';

const database = testDatabase({ crashable: true });
const views = { name: 'views', kind: 'event', types: ['test.Happened'] } as const;

/** Publishes until it is taken, as a relay does. */
async function publishForSure(target: Transport, envelopes: readonly Envelope[]): Promise<void> {
  for (;;) {
    try {
      await publishAll(target, envelopes);
      return;
    } catch (error) {
      if (!(error instanceof PublishError) || !error.transient) throw error;
    }
  }
}

interface Handled {
  readonly id: string;
  readonly redelivered: boolean;
}

async function open(options: OpenOptions = {}): Promise<Transport> {
  const transport = await database.open({ knex: { applicationName: 'victim' }, ...options });
  await transport.declare([views]);
  return transport;
}

/** Opens a transport that settles whatever comes. */
async function consuming(handled: Handled[], options: OpenOptions = {}): Promise<Transport> {
  const transport = await open(options);
  await transport.subscribe(
    'views',
    async ({ message, redelivered }: Delivery) => {
      handled.push({ id: (message as Envelope).id, redelivered });
      return 'settle';
    },
    { concurrency: 50 },
  );
  return transport;
}

const distinct = (handled: readonly Handled[]): number => new Set(handled.map(({ id }) => id)).size;

test(
  'T16 all of 10 000 messages of 100 publishers arrive although the server is restarted and killed meanwhile',
  { timeout: 240_000 },
  async () => {
    const handled: Handled[] = [];
    const transport = await consuming(handled);
    const [restarts, crashes] = [gate(), gate()];
    const publishing = Promise.all(
      Array.from({ length: 100 }, async (_, publisher) => {
        for (let batch = 0; batch < 10; batch += 1) {
          if (batch === 3) await restarts.opened;
          if (batch === 6) await crashes.opened;
          const ids = Array.from({ length: 10 }, (__, index) => `${publisher}:${batch}:${index}`);
          await publishForSure(
            transport,
            ids.map((id) => eventOf(id)),
          );
        }
      }),
    );
    await eventually(() => distinct(handled) === 3000, { timeoutMs: 60_000 });
    restarts.open();
    await eventually(() => handled.length > 3000, { timeoutMs: 60_000 });
    await database.server.restart();
    await eventually(() => distinct(handled) === 6000, { timeoutMs: 60_000 });
    crashes.open();
    await eventually(() => distinct(handled) > 6000, { timeoutMs: 60_000 });
    await database.server.crash();
    await database.server.restart();
    await publishing;
    await eventually(() => distinct(handled) === 10_000, { timeoutMs: 60_000 });
  },
);

test('F13 what was taken before the server was killed is there when it is back', async () => {
  const publisher = await open();
  await publishAll(publisher, eventsOf(300, 30));
  await database.server.crash();
  await database.server.restart();
  const handled: Handled[] = [];
  await eventually(() => consuming(handled).catch(() => undefined), { timeoutMs: 30_000 });
  await eventually(() => handled.length === 300, { timeoutMs: 30_000 });
  expect(distinct(handled)).toBe(300);
});

test('F19 when all connections are cut again and again nothing is lost, and it goes on by itself', async () => {
  const handled: Handled[] = [];
  const transport = await consuming(handled);
  for (let round = 0; round < 5; round += 1) {
    const ids = Array.from({ length: 100 }, (_, n) => eventOf(`${round}:${n}`));
    await publishForSure(transport, ids);
    await killBackends(database.db);
  }
  await eventually(() => distinct(handled) === 500, { timeoutMs: 30_000 });
  await eventually(() =>
    transport.ping().then(
      () => true,
      () => false,
    ),
  );
});

/** A transport that reaches the database by a network that can fail. */
async function throughProxy(
  options: OpenOptions = {},
): Promise<{ readonly proxy: FaultProxy; readonly transport: Transport }> {
  const proxy = await FaultProxy.start(database.url);
  database.onClose(() => proxy.stop());
  const db = createKnex({ url: proxy.url, connectTimeoutMs: 1000, acquireTimeoutMs: 1000 });
  database.onClose(() => db.destroy());
  const { logger, ...messaging } = options;
  const transport = transportOf(db, messaging, 'test', logger);
  database.onClose(() => transport.close());
  await transport.declare([views]);
  return { proxy, transport };
}

const fails = (work: Promise<unknown>): Promise<boolean> =>
  work.then(
    () => false,
    () => true,
  );

test('a database that is away for longer than the lease costs nobody what he had read, and nothing is begun meanwhile', async () => {
  const { proxy, transport } = await throughProxy({ leaseMs: 1000, statementTimeoutMs: 1000 });
  const handled: Handled[] = [];
  const waiting: (() => void)[] = [];
  let isAway = false;
  await transport.subscribe(
    'views',
    async ({ message, redelivered }) => {
      handled.push({ id: (message as Envelope).id, redelivered });
      if (!isAway && handled.length === 1) await new Promise<void>((go) => waiting.push(go));
      return 'settle';
    },
    { concurrency: 1 },
  );
  await publishAll(transport, eventsOf(100, 100));
  await eventually(() => handled.length === 1);
  isAway = true;
  proxy.behave({ refuse: true });
  proxy.cut();
  const { db } = database;
  await eventually(async () => {
    const { rows } = await db.raw<{ rows: unknown[] }>(
      'select 1 from tidings_messaging.consumers where expires_at < clock_timestamp()',
    );
    return rows.length === 1;
  });
  for (const go of waiting) go();
  await neverWithin(200, () => handled.length > 1, 'a delivery without a lease');
  proxy.behave({});
  await eventually(() => handled.length === 100, { timeoutMs: 20_000 });
  expect(handled.filter(({ redelivered }) => redelivered)).toEqual([]);
  expect(distinct(handled)).toBe(100);
});

test('a network that swallows everything is noticed, and is used again when it works', async () => {
  const { proxy, transport } = await throughProxy({ statementTimeoutMs: 500 });
  const handled: Handled[] = [];
  await transport.subscribe(
    'views',
    async ({ message, redelivered }) => {
      handled.push({ id: (message as Envelope).id, redelivered });
      return 'settle';
    },
    { concurrency: 1 },
  );
  await publishForSure(transport, [eventOf('before')]);
  proxy.behave({ swallow: 'both' });
  expect(await fails(transport.ping())).toBe(true);
  expect(await fails(publishAll(transport, [eventOf('lost')]))).toBe(true);
  proxy.behave({});
  await publishForSure(transport, [eventOf('after')]);
  await eventually(() => handled.some(({ id }) => id === 'after'), { timeoutMs: 20_000 });
});

test('a transport closes although the database answers nothing, and what was on the way was not published', async () => {
  const { proxy, transport } = await throughProxy();
  await transport.subscribe('views', async () => 'settle', { concurrency: 1 });
  proxy.behave({ swallow: 'both' });
  const published = publishAll(transport, [eventOf('in vain')]).catch((error: unknown) => error);
  await transport.close();
  expect(await published).toMatchObject({ code: 'TIDINGS_PUBLISH_FAILED', transient: true });
});

test('a database that is not there is an error that says so, and the transport can be opened when it is', async () => {
  const { proxy, transport } = await throughProxy();
  await transport.close();
  proxy.behave({ refuse: true });
  await expect(transport.declare([views])).rejects.toMatchObject({
    code: 'TIDINGS_TRANSPORT_UNAVAILABLE',
    transient: true,
  });
  proxy.behave({});
  await transport.declare([views]);
  await expect(transport.ping()).resolves.toBeUndefined();
});

const LISTENS = `select pid from pg_stat_activity
  where datname = current_database() and application_name = 'victim' and query like '%tell%'`;

test('N11 news wakes a process, also after the connection that listens was lost; without news it looks by itself', async () => {
  const logger = new CollectingLogger();
  const [news, looking]: [Handled[], Handled[]] = [[], []];
  // Looks so rarely that only news can wake it, but for the first moments.
  await consuming(news, { service: 'listens', pollMs: 600_000, logger });
  await consuming(looking, { service: 'looks', listen: false, pollMs: 20 });
  const publisher = await open({ listen: false, knex: { applicationName: 'publisher' } });
  let published = 0;
  const arrives = async (): Promise<void> => {
    published += 1;
    await publishForSure(publisher, [eventOf(`e${published}`)]);
    await eventually(() => news.length === published && looking.length === published);
  };
  await eventually(
    async () => (await database.db.raw<{ rows: unknown[] }>(LISTENS)).rows.length > 0,
  );
  for (let n = 0; n < 5; n += 1) await arrives();
  await database.db.raw(`select pg_terminate_backend(pid) from (${LISTENS}) l`);
  const warning = 'nobody listens for news; messages are looked for instead';
  await eventually(() => logger.messages('warn').includes(warning));
  for (let n = 0; n < 5; n += 1) await arrives();
});
