import { setImmediate } from 'node:timers/promises';

import type { Delivery, Envelope, PublishError, Transport } from '@tidings/core';
import type { Channel, ChannelModel } from 'amqplib';
import { CollectingLogger, eventually, gate } from '@tidings/testing';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { eventOf, eventsOf, publishAll } from './support/events.ts';
import { transportOf, uniqueNames, type Names } from './support/rabbitmq-harness.ts';
import { testVhost } from './support/test-vhost.ts';

/** Every channel that the driver opened, so that a test can lose one of them. */
const { channels, lost, noting } = vi.hoisted(() => {
  const opened: Channel[] = [];
  const closed = new WeakSet<Channel>();
  const note = <Opened extends Channel>(channel: Opened): Opened => {
    opened.push(channel);
    channel.on('close', () => void closed.add(channel));
    return channel;
  };
  return { channels: opened, lost: closed, noting: note };
});

interface Driver {
  readonly connect: (...args: readonly unknown[]) => Promise<ChannelModel>;
}

vi.mock('amqplib', async (original) => {
  const driver = await original<Driver>();
  return {
    ...driver,
    connect: async (...args: Parameters<Driver['connect']>): Promise<ChannelModel> => {
      const model = await driver.connect(...args);
      const create = model.createChannel.bind(model);
      const createConfirm = model.createConfirmChannel.bind(model);
      model.createChannel = async () => noting(await create());
      model.createConfirmChannel = async () => noting(await createConfirm());
      return model;
    },
  };
});

const broker = testVhost();
const subscription = { name: 'views', kind: 'event', types: ['test.Happened'] } as const;

let names: Names;
let logger: CollectingLogger;
let transport: Transport;
let unhandled: unknown[];
const onUnhandled = (error: unknown): void => void unhandled.push(error);

beforeEach(async () => {
  unhandled = [];
  process.on('unhandledRejection', onUnhandled);
  process.on('uncaughtException', onUnhandled);
  channels.length = 0;
  names = uniqueNames();
  logger = new CollectingLogger();
  transport = transportOf(
    { url: broker.vhost.url, exchanges: names.exchanges, confirmTimeoutMs: 3000 },
    names.service,
    logger,
  );
  await transport.declare([subscription]);
});
afterEach(async () => {
  await transport.close();
  process.off('unhandledRejection', onUnhandled);
  process.off('uncaughtException', onUnhandled);
  if (unhandled.length > 0) throw new AggregateError(unhandled, 'errors that nobody handled');
});

const queue = (): string => `${names.service}.views`;
const idOf = ({ message }: Delivery): string => (message as Envelope).id;

/** The server closes a channel on which something impossible was asked. */
async function lose(channel: Channel): Promise<void> {
  await channel.checkQueue('there is no such queue').catch(() => {});
}

/** The channel that consumes the subscription: the last one that was opened. */
async function consuming(
  deliver: (delivery: Delivery) => Promise<'settle' | 'retry'>,
): Promise<Channel> {
  await transport.subscribe('views', deliver, { concurrency: 5 });
  return channels.at(-1) as Channel;
}

test('T17 a consumer whose channel alone is closed goes on with another', async () => {
  const handled: string[] = [];
  const channel = await consuming(async (delivery) => {
    handled.push(idOf(delivery));
    return 'settle';
  });
  await publishAll(transport, [eventOf('e0')]);
  await eventually(() => handled.length === 1);
  await lose(channel);
  await publishAll(transport, [eventOf('e1')]);
  await eventually(() => handled.length === 2);
  expect(handled).toEqual(['e0', 'e1']);
});

test('T17 so does a publisher, and what was not confirmed was not published', async () => {
  const handled = new Set<string>();
  await consuming(async (delivery) => {
    handled.add(idOf(delivery));
    return 'settle';
  });
  const publisher = channels.find((channel) => 'waitForConfirms' in channel) as Channel;
  const publishing = publishAll(transport, eventsOf(500, 50)).then(
    () => [],
    (error: PublishError) => error.failures,
  );
  await lose(publisher);
  const failures = await publishing;
  expect(failures.every(({ kind }) => kind === 'unconfirmed')).toBe(true);
  // In the very turn of a failure nothing else of its key is taken, so that it cannot be overtaken.
  await setImmediate();
  await publishAll(transport, eventsOf(500, 50));
  await eventually(() => handled.size === 500);
});

test('T18 a queue that is deleted under its consumer is declared again, and that is logged', async () => {
  const handled: string[] = [];
  await consuming(async (delivery) => {
    handled.push(idOf(delivery));
    return 'settle';
  });
  await broker.vhost.deleteQueue(queue());
  await eventually(() => logger.messages('warn').some((text) => text.includes('cancelled')));
  // What is published before the queue is there again goes nowhere, and the broker may go on listing the
  // consumer of the deleted queue for a while.
  let published = 0;
  await eventually(async () => {
    published += 1;
    await publishAll(transport, [eventOf(`e${published}`)]);
    return handled.length > 0;
  });
  await eventually(async () => {
    const consumers = await broker.vhost.consumers();
    return consumers.some((consumer) => consumer.queue === queue());
  });
});

test('T19 what ends after its channel was lost is not settled on another one, and comes again', async () => {
  const { opened, open } = gate();
  const begun: { id: string; redelivered: boolean; signal: AbortSignal }[] = [];
  const channel = await consuming(async (delivery) => {
    const { redelivered, signal } = delivery;
    begun.push({ id: idOf(delivery), redelivered, signal });
    if (!redelivered) await opened;
    return 'settle';
  });
  await publishAll(transport, [
    eventOf('e0', { partitionkey: 'a' }),
    eventOf('e1', { partitionkey: 'b' }),
  ]);
  await eventually(() => begun.length === 2);
  await lose(channel);
  await eventually(() => begun.every(({ signal }) => signal.aborted));
  // The next of a key waits for the handler that still runs, in this process at least.
  open();
  await eventually(() => begun.length === 4);
  expect(begun.slice(2).map(({ id, redelivered }) => [id, redelivered])).toEqual([
    ['e0', true],
    ['e1', true],
  ]);
  await eventually(async () => {
    const [views] = (await broker.vhost.queues()).filter(({ name }) => name === queue());
    return views?.ready === 0 && views.unacknowledged === 0;
  });
});

test('T20 what was settled before the connection was lost does not come again; the rest does', async () => {
  const { opened, open } = gate();
  const begun: string[] = [];
  await consuming(async (delivery) => {
    begun.push(idOf(delivery));
    if (idOf(delivery) !== 'e2' && !delivery.redelivered) await opened;
    return 'settle';
  });
  await publishAll(transport, [eventOf('e0'), eventOf('e1'), eventOf('e2')]);
  await eventually(async () => {
    const [views] = (await broker.vhost.queues()).filter(({ name }) => name === queue());
    return begun.length === 3 && views?.unacknowledged === 2;
  });
  expect(await broker.vhost.closeConnections()).toBeGreaterThan(0);
  await eventually(() => begun.length === 5);
  open();
  expect(begun.slice(3).toSorted()).toEqual(['e0', 'e1']);
});

test('F12 consumers and publishers are back after all connections were closed', async () => {
  const handled = new Set<string>();
  await consuming(async (delivery) => {
    handled.add(idOf(delivery));
    return 'settle';
  });
  for (let round = 0; round < 3; round += 1) {
    const before = channels.splice(0);
    expect(await broker.vhost.closeConnections()).toBeGreaterThan(0);
    // The client learns of it a moment later; until then it would publish on what is being closed.
    await eventually(() => before.every((channel) => lost.has(channel)));
    await eventually(() =>
      transport.ping().then(
        () => true,
        () => false,
      ),
    );
    await publishAll(transport, [eventOf(`round ${round}`)]);
    await eventually(() => handled.has(`round ${round}`));
  }
});
