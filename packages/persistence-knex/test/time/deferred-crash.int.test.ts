import { setTimeout as pause } from 'node:timers/promises';

import type { ScheduledMessage } from '@tidings/core';
import { eventually } from '@tidings/testing';
import { expect, test } from 'vitest';

import { messageOf, type Store } from '../support/stores.ts';
import { testStores } from '../support/test-stores.ts';
import { ChildNode } from './child-node.ts';
import { createTicks, ticksOf, type Tick } from './ticks.ts';

const stores = testStores();

async function storeWithTicks(): Promise<Store> {
  const store = await stores.open();
  await createTicks(store);
  return store;
}

/** Schedules ticks, each due so many milliseconds from now by the database's clock. */
async function schedule(store: Store, dueIn: Readonly<Record<string, number>>): Promise<void> {
  const { rows } = await store.observer.raw<{ rows: readonly { now: string }[] }>(
    'select extract(epoch from clock_timestamp())::float8 * 1000 as now',
  );
  const now = Number(rows[0]?.now);
  const scheduled = Object.entries(dueIn).map(([id, milliseconds]): ScheduledMessage => {
    const due = new Date(now + milliseconds).toISOString();
    const body = JSON.stringify({ id, due });
    const envelope = messageOf(`message ${id}`, { kind: 'command', type: 'time.Tick', body });
    return { envelope, due: { at: due } };
  });
  const unit = await store.persistence.begin();
  await unit.commit({ messages: [], scheduled });
}

/** Resolves once a release waits for a lock, with the id of its backend. */
function releaseThatWaits({ observer }: Store): Promise<number> {
  return eventually(async () => {
    const { rows } = await observer.raw<{ rows: readonly { pid: number }[] }>(
      `select pid from pg_stat_activity
       where wait_event_type = 'Lock' and query like '%scheduled_messages%for update%'`,
    );
    return rows[0]?.pid;
  });
}

const once = (id: string): readonly Partial<Tick>[] => [
  { id, message_id: `message ${id}`, early: false },
];

/** A transaction in which nothing more can be inserted into the log, until it is ended. */
async function closeLog({ observer }: Store): Promise<() => Promise<void>> {
  const trx = await observer.transaction();
  await trx.raw('lock table tidings.messages in share row exclusive mode');
  return async () => {
    await trx.rollback();
  };
}

test('F4 a message whose process is killed while it releases fires once, with the same id', async () => {
  const store = await storeWithTicks();
  const openLog = await closeLog(store);
  await using first = new ChildNode({ DATABASE_URL: store.url });
  await first.started();
  await schedule(store, { a: 0 });
  await releaseThatWaits(store);
  await first.kill();
  await openLog();
  await using second = new ChildNode({ DATABASE_URL: store.url });
  await second.started();
  await eventually(async () => (await ticksOf(store)).length > 0);
  expect(await store.persistence.scheduled.nextDueIn()).toBeUndefined();
  expect(await ticksOf(store)).toMatchObject(once('a'));
});

test('F4 a message whose release is undone with its connection fires once, with the same id', async () => {
  const store = await storeWithTicks();
  const openLog = await closeLog(store);
  await using first = new ChildNode({ DATABASE_URL: store.url });
  await first.started();
  await schedule(store, { a: 0 });
  const backend = await releaseThatWaits(store);
  await first.kill();
  await store.observer.raw('select pg_terminate_backend(?)', [backend]);
  await openLog();
  expect(await store.persistence.scheduled.nextDueIn()).toBeLessThanOrEqual(0);
  await using second = new ChildNode({ DATABASE_URL: store.url });
  await second.started();
  await eventually(async () => (await ticksOf(store)).length > 0);
  expect(await ticksOf(store)).toMatchObject(once('a'));
});

test('F4 a message whose process is killed after the release, before it is sent, fires once', async () => {
  const store = await storeWithTicks();
  await using first = new ChildNode({ DATABASE_URL: store.url, DIE_AT: 'publish' });
  await first.started();
  await schedule(store, { a: 0 });
  expect(await first.ended()).toBe('SIGKILL');
  expect(await store.persistence.scheduled.nextDueIn()).toBeUndefined();
  expect(await ticksOf(store)).toEqual([]);
  await using second = new ChildNode({ DATABASE_URL: store.url });
  await second.started();
  await eventually(async () => (await ticksOf(store)).length > 0);
  expect(await ticksOf(store)).toMatchObject(once('a'));
});

test('F4 while processes are killed again and again, each message fires once and none before it is due', async () => {
  const store = await storeWithTicks();
  const count = 150;
  const ids = Array.from({ length: count }, (_, index) => String(index));
  await schedule(store, Object.fromEntries(ids.map((id, index) => [id, 500 + index * 30])));
  await using steady = new ChildNode({ DATABASE_URL: store.url });
  await steady.started();
  for (let kill = 0; kill < 6; kill += 1) {
    await using doomed = new ChildNode({ DATABASE_URL: store.url });
    await doomed.started();
    await pause(kill * 60);
    await doomed.kill();
  }
  await eventually(async () => (await ticksOf(store)).length >= count, { timeoutMs: 60_000 });
  const ticks = await ticksOf(store);
  expect(ticks.map(({ id }) => Number(id)).toSorted((a, b) => a - b)).toEqual(ids.map(Number));
  expect(ticks.filter(({ early }) => early)).toEqual([]);
});
