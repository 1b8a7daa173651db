import { on, type FeaturePart } from '@tidings/core';
import { event } from '@tidings/domain';
import { InMemoryStore } from '@tidings/in-memory';
import { eventually } from '@tidings/testing';
import { expect, test } from 'vitest';
import { z } from 'zod';

import { startOnBroker } from './support/broker-app.ts';
import { uniqueNames } from './support/rabbitmq-harness.ts';
import { testVhost } from './support/test-vhost.ts';

const broker = testVhost();

const Data = z.object({ key: z.string(), n: z.int() });
const partitionKey = ({ key }: { readonly key: string }): string => key;
const Moved = event('test.Moved', Data, { partitionKey });
const Turned = event('test.Turned', Data, { partitionKey });

/** A subscription of that name to these events, which notes what it handles. */
function views(types: readonly (typeof Moved | typeof Turned)[], handled: string[]): FeaturePart {
  return on(
    types,
    'views',
    {},
    ({ key, n }) => {
      handled.push(`${key}${n}`);
    },
    { onPoison: 'block' },
  ) as FeaturePart;
}

test('F33 a type that a newer build adds to a subscription, and an older one gets, is handled by the newer one, in order where the subscription blocks', async () => {
  const store = new InMemoryStore();
  const options = { ...uniqueNames(), url: broker.vhost.url, store };
  const handled: string[] = [];
  // The queue has a single consumer at a time: the one that was there first.
  const old = await startOnBroker([views([Moved], handled)], options);
  const next = await startOnBroker([views([Moved, Turned], handled)], options);
  for (let n = 0; n < 10; n += 1) {
    for (const key of ['a', 'b']) {
      await next.app.bus.publish(n % 2 === 0 ? Moved({ key, n }) : Turned({ key, n }));
    }
  }
  await eventually(() => handled.length >= 20, { timeoutMs: 60_000 });
  const numbers = Array.from({ length: 10 }, (_, n) => n);
  for (const key of ['a', 'b']) {
    expect(handled.filter((one) => one.startsWith(key))).toEqual(numbers.map((n) => `${key}${n}`));
  }
  expect((await old.app.deadLetters.list()).total).toBe(0);
  const { letters } = await old.app.deadLetters.list({ state: 'replayed' });
  expect(new Set(letters.map(({ reason }) => reason))).toEqual(new Set(['unknown-type']));
});
