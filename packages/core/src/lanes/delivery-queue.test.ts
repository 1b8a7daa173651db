import { expect, test } from 'vitest';

import type { Envelope } from '../envelope/envelope.ts';
import type { Delivery } from '../ports/transport.ts';
import { DeliveryQueue } from './delivery-queue.ts';
import type { QueuedMessage } from './queued-delivery.ts';

class Message implements QueuedMessage {
  readonly message: Envelope;
  readonly key: string | undefined;
  readonly channel: string;
  redelivered = false;
  readonly #settled: string[];

  constructor(id: string, key: string | undefined, channel: string, settled: string[]) {
    this.message = { id } as Envelope;
    this.key = key;
    this.channel = channel;
    this.#settled = settled;
  }

  settled(): void {
    this.#settled.push(this.message.id);
  }
}

interface Rig {
  readonly queue: DeliveryQueue<Message>;
  readonly settled: string[];
  readonly begun: string[];
  readonly deliver: (delivery: Delivery) => Promise<'settle' | 'retry'>;
  readonly end: (id: string, outcome?: 'settle' | 'retry') => Promise<void>;
  readonly push: (id: string, key?: string, channel?: string) => void;
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function rigOf(onDeserted?: () => void): Rig {
  const settled: string[] = [];
  const begun: string[] = [];
  const ends = new Map<string, (outcome: 'settle' | 'retry') => void>();
  const queue = new DeliveryQueue<Message>(onDeserted === undefined ? {} : { onDeserted });
  return {
    queue,
    settled,
    begun,
    deliver: ({ message }) => {
      const { id } = message as Envelope;
      begun.push(id);
      return new Promise((resolve) => ends.set(id, resolve));
    },
    end: async (id, outcome = 'settle') => {
      ends.get(id)?.(outcome);
      await turn();
      await turn();
    },
    push: (id, key, channel = 'c1') => {
      queue.push(new Message(id, key, channel, settled));
      queue.pump();
    },
  };
}

test('of one key one delivery is under way, in the order of arrival, also when it is retried', async () => {
  const { queue, push, deliver, end, begun, settled } = rigOf();
  queue.addConsumer(deliver, 2);
  queue.addConsumer(deliver, 2);
  for (const id of ['a1', 'a2']) push(id, 'a');
  push('b1', 'b');
  expect(begun).toEqual(['a1', 'b1']);
  await end('a1', 'retry');
  expect(begun).toEqual(['a1', 'b1', 'a1']);
  await end('a1');
  expect(begun.at(-1)).toBe('a2');
  expect(settled).toEqual(['a1']);
});

test('what is abandoned is forgotten; what is under way of it counts for nothing, and keeps its key until it ends', async () => {
  const { queue, push, deliver, end, begun, settled } = rigOf();
  queue.addConsumer(deliver, 5);
  push('a1', 'a', 'lost');
  push('a2', 'a', 'lost');
  push('b1', 'b', 'kept');
  queue.abandon(({ channel }) => channel === 'lost');
  push('a1 again', 'a', 'new');
  expect(begun).toEqual(['a1', 'b1']);
  await end('a1');
  expect(begun).toEqual(['a1', 'b1', 'a1 again']);
  await end('b1');
  await end('a1 again');
  expect(settled).toEqual(['b1', 'a1 again']);
});

test('releasing forgets what waits and resolves when what is under way has ended, settled or not', async () => {
  const { queue, push, deliver, end, begun, settled } = rigOf();
  queue.addConsumer(deliver, 5);
  push('a1', 'a');
  push('a2', 'a');
  push('b1', 'b');
  let isReleased = false;
  const released = queue.release(({ channel }) => channel === 'c1').then(() => (isReleased = true));
  await end('a1');
  expect(isReleased).toBe(false);
  await end('b1', 'retry');
  await released;
  expect(settled).toEqual(['a1']);
  expect(begun).toEqual(['a1', 'b1']);
});

test('that its last consumer has left is told after what it had was settled', async () => {
  const told: string[][] = [];
  const rig = rigOf(() => told.push([...rig.settled]));
  const consumer = rig.queue.addConsumer(rig.deliver, 5);
  rig.push('a1');
  const drained = consumer.drain();
  expect(told).toEqual([]);
  await rig.end('a1');
  await drained;
  expect(told).toEqual([['a1']]);
});

test('closing gives what is left, what was under way first', async () => {
  const { queue, push, deliver } = rigOf();
  queue.addConsumer(deliver, 1);
  for (const id of ['a1', 'a2', 'a3']) push(id, 'a');
  const left = await queue.close();
  expect(left.map(({ message, redelivered }) => [message.id, redelivered])).toEqual([
    ['a1', true],
    ['a2', false],
    ['a3', false],
  ]);
});
