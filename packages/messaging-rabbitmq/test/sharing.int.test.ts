import { setTimeout } from 'node:timers/promises';

import type { Deliver, Delivery, Envelope, Transport } from '@tidings/core';
import { eventually } from '@tidings/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { eventOf, eventsOf, publishAll } from './support/events.ts';
import { transportOf, uniqueNames, type Names } from './support/rabbitmq-harness.ts';
import { testVhost } from './support/test-vhost.ts';

const broker = testVhost();
const subscription = { name: 'views', kind: 'event', types: ['test.Happened'] } as const;

let names: Names;
let opened: Transport[];

beforeEach(() => {
  names = uniqueNames();
  opened = [];
});
afterEach(async () => {
  await Promise.all(opened.map((transport) => transport.close()));
});

async function open(partitions = 1): Promise<Transport> {
  const transport = transportOf(
    { url: broker.vhost.url, exchanges: names.exchanges, defaults: { partitions, prefetch: 20 } },
    names.service,
  );
  opened.push(transport);
  await transport.declare([subscription]);
  return transport;
}

interface Handled {
  readonly by: string;
  readonly envelope: Envelope;
}

/** Consumes, and notes what was begun and settled, by whom. */
async function consume(
  transport: Transport,
  by: string,
  handled: Handled[],
  deliver: Deliver = async () => 'settle',
): Promise<void> {
  await transport.subscribe(
    'views',
    async (delivery: Delivery) => {
      const outcome = await deliver(delivery);
      if (outcome === 'settle') handled.push({ by, envelope: delivery.message as Envelope });
      return outcome;
    },
    { concurrency: 4 },
  );
}

const slowly: Deliver = async () => {
  await setTimeout(1);
  return 'settle';
};

function inOrderPerKey(handled: readonly Handled[]): boolean {
  const last = new Map<string, number>();
  return handled.every(({ envelope: { partitionkey = '', id } }) => {
    const number = Number(id.slice(1));
    const isLater = number > (last.get(partitionkey) ?? -1);
    last.set(partitionkey, number);
    return isLater;
  });
}

test('a process that leaves a queue leaves it to the next, which goes on in order with what was not settled', async () => {
  const [publisher, first, second] = [await open(), await open(), await open()];
  const handled: Handled[] = [];
  await consume(first, 'first', handled, slowly);
  await consume(second, 'second', handled, slowly);
  await publishAll(publisher, eventsOf(2000, 8));
  await eventually(() => handled.length >= 300);
  await first.close();
  await eventually(() => new Set(handled.map(({ envelope }) => envelope.id)).size === 2000, {
    timeoutMs: 20_000,
  });
  const firsts = new Map<string, Handled>();
  for (const each of handled) if (!firsts.has(each.envelope.id)) firsts.set(each.envelope.id, each);
  expect(inOrderPerKey([...firsts.values()])).toBe(true);
  expect(handled.some(({ by }) => by === 'second')).toBe(true);
});

test('partitions are shared by the processes, also by one that comes later, and the order per key holds', async () => {
  const first = await open(6);
  const handled: Handled[] = [];
  await consume(first, 'first', handled, slowly);
  const publisher = await open(6);
  let number = 0;
  const batch = (): Promise<void> =>
    publishAll(
      publisher,
      Array.from({ length: 60 }, () => {
        number += 1;
        return eventOf(`e${number}`, { partitionkey: `key ${number % 30}` });
      }),
    );
  await batch();
  await eventually(() => handled.length === 60);
  const second = await open(6);
  await consume(second, 'second', handled, slowly);
  await eventually(
    async () => {
      await batch();
      const lately = handled.slice(-60).map(({ by }) => by);
      return ['first', 'second'].every((by) => lately.filter((one) => one === by).length >= 15);
    },
    { timeoutMs: 30_000, what: 'that both processes have their share' },
  );
  await eventually(() => new Set(handled.map(({ envelope }) => envelope.id)).size === number);
  expect(inOrderPerKey(handled)).toBe(true);
  expect(handled).toHaveLength(number);
});
