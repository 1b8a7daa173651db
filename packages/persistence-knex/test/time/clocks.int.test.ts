import {
  createApp,
  feature,
  handle,
  schedule,
  systemClock,
  type App,
  type Clock,
  type Schedule,
} from '@tidings/core';
import { command } from '@tidings/domain';
import { inMemoryTransport } from '@tidings/in-memory';
import { CollectingLogger, eventually } from '@tidings/testing';
import { afterEach, expect, test } from 'vitest';
import { z } from 'zod';

import { createKnex, knexPersistence, KnexTransaction } from '../../src/index.ts';
import type { Store } from '../support/stores.ts';
import { testStores } from '../support/test-stores.ts';

const HOUR_MS = 3_600_000;
const Tick = command('time.Tick', z.object({ n: z.int(), due: z.string() }));

const stores = testStores();
let stopping: (() => Promise<void>)[] = [];
// After-hooks run in reverse order: what a test started is stopped before its store is closed.
afterEach(async () => {
  for (const stop of stopping.toReversed()) await stop();
  stopping = [];
});

/** A wall clock that is wrong, by an amount that may change. What sleeps goes by real time, as in Node. */
function wrongClock(error: () => number): Clock {
  return { ...systemClock, now: () => Date.now() + error() };
}

async function startNode(url: string, clock: Clock, ...schedules: Schedule[]): Promise<App> {
  const db = createKnex({ url, poolSize: 3 });
  const tick = handle(Tick, { db: KnexTransaction }, async ({ n, due }, { db: unit }) => {
    await unit('ticks').insert({ n, due });
  });
  const app = createApp({
    service: 'time',
    features: [feature('time', [tick, ...schedules])],
    adapters: [knexPersistence(db), inMemoryTransport()],
    clock,
    logger: new CollectingLogger(),
    relay: { pollMs: 20, leaseMs: 500 },
  });
  stopping.push(async () => {
    await app.stop({ deadlineMs: 2000 });
    await db.destroy();
  });
  await app.start();
  return app;
}

async function storeWithTicks(): Promise<Store> {
  const store = await stores.open();
  await store.observer.raw(
    'create table ticks (n int, due timestamptz, at timestamptz default clock_timestamp())',
  );
  return store;
}

/** The database's time, so many milliseconds from now. */
async function databaseTime({ observer }: Store, milliseconds: number): Promise<string> {
  const { rows } = await observer.raw<{ rows: readonly { at: string }[] }>(
    `select to_char((clock_timestamp() + ? * interval '1 millisecond') at time zone 'utc',
       'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at`,
    [milliseconds],
  );
  return rows[0]?.at ?? '';
}

/** The numbers that were handled, and how many of them before they were due. */
async function handledBy({
  observer,
}: Store): Promise<{ numbers: readonly number[]; early: number }> {
  const { rows } = await observer.raw<{ rows: readonly { n: number; early: boolean }[] }>(
    'select n, at < due as early from ticks order by n',
  );
  return { numbers: rows.map(({ n }) => n), early: rows.filter(({ early }) => early).length };
}

const numbers = (count: number): readonly number[] =>
  Array.from({ length: count }, (_, index) => index);

test('F32 clocks of processes that are an hour off neither fire early nor twice', async () => {
  const store = await storeWithTicks();
  const nodes = [
    await startNode(
      store.url,
      wrongClock(() => HOUR_MS),
    ),
    await startNode(
      store.url,
      wrongClock(() => -HOUR_MS),
    ),
  ];
  const count = 40;
  for (const n of numbers(count)) {
    const milliseconds = (n % 8) * 100;
    const due = await databaseTime(store, milliseconds);
    const when = n % 2 === 0 ? { at: due } : { in: milliseconds };
    await nodes[n % 3 === 0 ? 0 : 1]?.bus.send(Tick({ n, due }), when);
  }
  await eventually(async () => (await handledBy(store)).numbers.length >= count);
  expect(await handledBy(store)).toEqual({ numbers: numbers(count), early: 0 });
});

test('F32 a clock that jumps an hour to and fro fires all in time, none early and none twice', async () => {
  const store = await storeWithTicks();
  let error = 0;
  const app = await startNode(
    store.url,
    wrongClock(() => error),
  );
  const count = 40;
  for (const n of numbers(count)) {
    error = [0, -HOUR_MS, HOUR_MS][n % 3] ?? 0;
    const milliseconds = 300 + (n % 5) * 100;
    const due = await databaseTime(store, milliseconds);
    await app.bus.send(Tick({ n, due }), n % 2 === 0 ? { at: due } : { in: milliseconds });
  }
  await eventually(async () => {
    error = error === 0 ? -HOUR_MS : 0;
    return (await handledBy(store)).numbers.length >= count;
  });
  expect(await handledBy(store)).toEqual({ numbers: numbers(count), early: 0 });
});

test('F32 a message for later stays for later, however far the clocks of processes run ahead', async () => {
  const store = await storeWithTicks();
  const app = await startNode(
    store.url,
    wrongClock(() => HOUR_MS),
  );
  const due = await databaseTime(store, HOUR_MS / 2);
  const id = await app.bus.send(Tick({ n: 0, due }), { at: due });
  await app.bus.send(Tick({ n: 1, due: await databaseTime(store, 0) }), { in: 0 });
  const { scheduled } = await app.settled();
  expect([scheduled, await handledBy(store)]).toEqual([1, { numbers: [1], early: 0 }]);
  expect(await app.bus.cancel(id)).toBe(true);
});

test('F32 a schedule fires by the clock of the database: none early, none twice, none left out', async () => {
  const store = await storeWithTicks();
  let error = 0;
  const everySecond = schedule('every-second', '* * * * * *', { misfire: 'skip' }, (instant) =>
    Tick({ n: instant.getTime() / 1000, due: instant.toISOString() }),
  );
  await startNode(
    store.url,
    wrongClock(() => HOUR_MS),
    everySecond,
  );
  await startNode(
    store.url,
    wrongClock(() => error),
    everySecond,
  );
  await eventually(async () => {
    error = error === 0 ? -HOUR_MS : 0;
    return (await handledBy(store)).numbers.length >= 5;
  });
  const { numbers: seconds, early } = await handledBy(store);
  const first = seconds[0] ?? 0;
  expect(seconds).toEqual(numbers(seconds.length).map((index) => first + index));
  expect(early).toBe(0);
  const now = Date.parse(await databaseTime(store, 0)) / 1000;
  expect(Math.abs(now - first)).toBeLessThan(HOUR_MS / 1000 / 2);
});
