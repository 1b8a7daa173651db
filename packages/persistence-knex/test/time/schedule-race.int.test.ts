import { eventually } from '@tidings/testing';
import { expect, test } from 'vitest';

import type { Store } from '../support/stores.ts';
import { testStores } from '../support/test-stores.ts';
import { ChildNode } from './child-node.ts';
import { createTicks, ticksOf } from './ticks.ts';

const stores = testStores();

/** Every second. */
const CRON = '* * * * * *';

/** Every second from the first instant that was handled to the last. */
function secondsOf(instants: readonly string[]): readonly string[] {
  const sorted = instants.toSorted();
  const first = Date.parse(sorted[0] ?? '');
  const count = (Date.parse(sorted.at(-1) ?? '') - first) / 1000 + 1;
  return Array.from({ length: count }, (_, index) => new Date(first + index * 1000).toISOString());
}

/** Resolves once ticks were handled for so many instants. */
async function untilHandled(store: Store, count: number): Promise<void> {
  await eventually(async () => (await ticksOf(store)).length >= count, { timeoutMs: 60_000 });
}

test('P32 processes that race for a schedule, killed now and then, fire each instant once and none early', async () => {
  const store = await stores.open();
  await createTicks(store);
  const node = async (): Promise<ChildNode> => {
    const child = new ChildNode({ DATABASE_URL: store.url, CRON });
    await child.started();
    return child;
  };
  await using steady = await node();
  await using doomed = await node();
  await untilHandled(store, 4);
  await doomed.kill();
  await using next = await node();
  await untilHandled(store, 8);
  // For a moment nobody is there: what is missed meanwhile fires afterwards.
  await Promise.all([steady.kill(), next.kill()]);
  await store.observer.raw('select pg_sleep(2.5)');
  await using last = await node();
  await untilHandled(store, 12);
  await store.persistence.schedules.pause('ticks');
  const sent = await store.observer('tidings.messages').pluck<string[]>('id');
  await untilHandled(store, sent.length);
  const ticks = await ticksOf(store);
  const instants = ticks.map(({ id }) => id);
  expect(ticks.map((tick) => tick.message_id).toSorted()).toEqual(sent.toSorted());
  expect(instants.toSorted()).toEqual(secondsOf(instants));
  expect(ticks.filter(({ early }) => early)).toEqual([]);
  await last.kill();
});
