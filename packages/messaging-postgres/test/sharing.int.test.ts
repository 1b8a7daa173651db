import { setTimeout } from 'node:timers/promises';

import type { Deliver, Delivery, Envelope, Transport } from '@tidings/core';
import { eventually, gate, neverWithin } from '@tidings/testing';
import { expect, test } from 'vitest';

import { eventOf, eventsOf, publishAll } from './support/events.ts';
import { testDatabase } from './support/test-database.ts';

const database = testDatabase();
const subscription = { name: 'views', kind: 'event', types: ['test.Happened'] } as const;

async function open(service = 'test'): Promise<Transport> {
  const transport = await database.open({ service, leaseMs: 2000 });
  await transport.declare([subscription]);
  return transport;
}

interface Handled {
  readonly by: string;
  readonly envelope: Envelope;
  readonly redelivered: boolean;
}

/** Consumes, and notes what was settled, by whom. */
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
      const { message, redelivered } = delivery;
      if (outcome === 'settle') handled.push({ by, envelope: message as Envelope, redelivered });
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

test('a process that leaves leaves what it had to the next, which goes on in order; what it had not begun is fresh', async () => {
  const [publisher, first, second] = [await open(), await open(), await open()];
  const handled: Handled[] = [];
  await consume(first, 'first', handled, slowly);
  await publishAll(publisher, eventsOf(2000, 40));
  await eventually(() => handled.length >= 300);
  await first.close();
  await consume(second, 'second', handled, slowly);
  await eventually(() => new Set(handled.map(({ envelope }) => envelope.id)).size === 2000, {
    timeoutMs: 20_000,
  });
  const firsts = new Map<string, Handled>();
  for (const each of handled) if (!firsts.has(each.envelope.id)) firsts.set(each.envelope.id, each);
  expect(inOrderPerKey([...firsts.values()])).toBe(true);
  // At most what was in the hands of the first, and what came before that in its partition, is marked.
  expect(handled.filter(({ redelivered }) => redelivered).length).toBeLessThan(500);
});

test('partitions are shared by the processes, also by one that comes later, and the order per key holds', async () => {
  const first = await open();
  const handled: Handled[] = [];
  await consume(first, 'first', handled, slowly);
  const publisher = await open();
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
  for (const name of ['second', 'third']) await consume(await open(), name, handled, slowly);
  await eventually(
    async () => {
      await batch();
      const lately = handled.slice(-60).map(({ by }) => by);
      return ['first', 'second', 'third'].every(
        (by) => lately.filter((one) => one === by).length >= 10,
      );
    },
    { timeoutMs: 30_000, what: 'that all processes have their share' },
  );
  await eventually(() => new Set(handled.map(({ envelope }) => envelope.id)).size === number);
  expect(inOrderPerKey(handled)).toBe(true);
  expect(handled).toHaveLength(number);
  expect(handled.filter(({ redelivered }) => redelivered)).toEqual([]);
});

test('a partition is not handed over while a handler has something of it', async () => {
  const [first, second] = [await open(), await open()];
  const handled: Handled[] = [];
  const { opened, open: letGo } = gate();
  await consume(first, 'first', handled, async () => {
    await opened;
    return 'settle';
  });
  await publishAll(first, eventsOf(64, 64));
  await consume(second, 'second', handled);
  // Those that were read and not begun go to the second; the four in the hands of the first stay its own.
  await eventually(() => handled.length > 0);
  await neverWithin(200, () => handled.some(({ redelivered }) => redelivered), 'a second delivery');
  letGo();
  await eventually(() => handled.length === 64);
  expect(new Set(handled.map(({ envelope }) => envelope.id)).size).toBe(64);
});

test('more processes than partitions work: those that are left over take over', async () => {
  const handled: Handled[] = [];
  const transports: Transport[] = [];
  for (let n = 0; n < 18; n += 1) {
    const transport = await database.open({ connections: 1, leaseMs: 3000 });
    await transport.declare([subscription]);
    await consume(transport, `${n}`, handled);
    transports.push(transport);
  }
  for (const transport of transports.slice(0, 16)) await transport.close();
  await publishAll(transports[17] as Transport, eventsOf(100, 50));
  await eventually(() => handled.length === 100, { timeoutMs: 20_000 });
  expect(new Set(handled.map(({ by }) => by))).toEqual(new Set(['16', '17']));
});

test('an event goes to every service that subscribes, a command to the one that handles it', async () => {
  const [orders, stock] = [await open('orders'), await open('stock')];
  await orders.declare([{ name: 'commands', kind: 'command', types: ['test.Do'] }]);
  const got: string[] = [];
  for (const [name, transport] of [
    ['orders', orders],
    ['stock', stock],
  ] as const) {
    const note = async ({ message }: Delivery): Promise<'settle'> => {
      got.push(`${name} ${(message as Envelope).id}`);
      return 'settle';
    };
    await transport.subscribe('views', note, { concurrency: 1 });
    if (name === 'orders') await transport.subscribe('commands', note, { concurrency: 1 });
  }
  await publishAll(stock, [eventOf('event'), eventOf('do', { kind: 'command', type: 'test.Do' })]);
  await eventually(() => got.length === 3);
  expect(got.toSorted()).toEqual(['orders do', 'orders event', 'stock event']);
});

test('a command that two services declare is an error that names it and both', async () => {
  const [orders, stock] = [await open('orders'), await open('stock')];
  const commands = { name: 'commands', kind: 'command', types: ['test.Other', 'test.Do'] } as const;
  await orders.declare([{ ...commands, types: ['test.Do'] }]);
  await orders.declare([{ ...commands, types: ['test.Do'] }]);
  await expect(stock.declare([commands])).rejects.toMatchObject({
    code: 'TIDINGS_COMMAND_TAKEN',
    details: { command: 'test.Do', service: 'stock', other: 'orders' },
  });
});

test('a slow subscription and a key with a long queue hold up nobody else', async () => {
  const transport = await open();
  await transport.declare([{ ...subscription, name: 'slow' }]);
  const handled: Handled[] = [];
  const { opened, open: letGo } = gate();
  const never: Deliver = async () => {
    await opened;
    return 'settle';
  };
  await transport.subscribe('slow', never, { concurrency: 1 });
  await consume(transport, 'views', handled, async ({ message }) => {
    if ((message as Envelope).partitionkey === 'hot') await opened;
    return 'settle';
  });
  await publishAll(
    transport,
    Array.from({ length: 200 }, (_, n) => eventOf(`hot ${n}`, { partitionkey: 'hot' })),
  );
  await publishAll(transport, eventsOf(200, 100));
  await eventually(() => handled.length === 200, { what: 'that the others are delivered' });
  letGo();
  await eventually(() => handled.length === 400);
});
