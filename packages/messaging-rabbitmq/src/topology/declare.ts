import type { Channel, Options } from 'amqplib';

import { TopologyMismatchError } from '../errors.ts';
import { BUCKET_HEADER, bucketsOf } from './partitions.ts';
import type { PartitionQueue, SubscriptionTopology, Topology } from './topology.ts';

/**
 * How often a message may come back to its queue, by processes that die while they have it, until the
 * broker gives it up. Consumers count attempts themselves and give up long before; this is for what
 * they never get to count. A queue without a limit also loses the order of what comes back.
 */
const DELIVERY_LIMIT = 1000;

const DEAD_DELIVERY_LIMIT = 1_000_000;

/** Declares the exchanges that all services share, and where given up messages go. */
export async function declareExchanges(channel: Channel, topology: Topology): Promise<void> {
  const { events, commands, dead } = topology.settings.exchanges;
  await assertExchange(channel, events, 'topic');
  await assertExchange(channel, commands, 'topic');
  await assertExchange(channel, dead, 'direct');
}

/** Declares the queue of what the broker gives up. It must not give up anything itself. */
export async function declareDeadQueue(channel: Channel, topology: Topology): Promise<void> {
  const { deadQueue, settings } = topology;
  await assertQueue(channel, deadQueue, {
    'x-queue-type': 'quorum',
    'x-single-active-consumer': true,
    // Newer brokers have a limit of 20 where none is given, and drop what goes beyond it.
    'x-delivery-limit': DEAD_DELIVERY_LIMIT,
  });
  await channel.bindQueue(deadQueue, settings.exchanges.dead, deadQueue);
}

/** Declares a subscription with all its queues. Idempotent; adds the bindings of new types. */
export async function declareSubscription(
  channel: Channel,
  topology: Topology,
  subscription: SubscriptionTopology,
): Promise<void> {
  const { spread, source, queues } = subscription;
  const { types } = subscription.subscription;
  if (spread !== undefined) {
    await assertExchange(channel, spread.rest, 'fanout');
    await assertExchange(channel, spread.exchange, 'headers', { alternateExchange: spread.rest });
  }
  for (const queue of queues) await declareQueue(channel, topology, subscription, queue);
  if (spread === undefined) return;
  for (const type of types) await channel.bindExchange(spread.exchange, source, type);
}

/** Declares one queue of a subscription, with the bindings that bring its messages. */
export async function declareQueue(
  channel: Channel,
  { deadQueue, settings }: Topology,
  { spread, source, queues, subscription }: SubscriptionTopology,
  { name, partition }: PartitionQueue,
): Promise<void> {
  await assertQueue(channel, name, {
    'x-queue-type': 'quorum',
    'x-single-active-consumer': true,
    'x-delivery-limit': DELIVERY_LIMIT,
    'x-dead-letter-exchange': settings.exchanges.dead,
    'x-dead-letter-routing-key': deadQueue,
    // Only with these two is a message handed to the queue of the dead without a gap.
    'x-dead-letter-strategy': 'at-least-once',
    'x-overflow': 'reject-publish',
  });
  if (spread === undefined) {
    for (const type of subscription.types) await channel.bindQueue(name, source, type);
    return;
  }
  for (const bucket of bucketsOf(partition, queues.length)) {
    await channel.bindQueue(name, spread.exchange, '', {
      'x-match': 'all',
      [BUCKET_HEADER]: String(bucket),
    });
  }
  // What somebody else published without a bucket keeps its order in one place.
  if (partition === 0) await channel.bindQueue(name, spread.rest, '');
}

async function assertQueue(
  channel: Channel,
  name: string,
  args: Readonly<Record<string, unknown>>,
): Promise<void> {
  await named(`the queue "${name}"`, channel.assertQueue(name, { durable: true, arguments: args }));
}

async function assertExchange(
  channel: Channel,
  name: string,
  type: string,
  options: Options.AssertExchange = {},
): Promise<void> {
  await named(
    `the exchange "${name}"`,
    channel.assertExchange(name, type, { durable: true, ...options }),
  );
}

const PRECONDITION_FAILED = 406;

async function named(entity: string, declared: Promise<unknown>): Promise<void> {
  try {
    await declared;
  } catch (error) {
    if ((error as { code?: unknown }).code !== PRECONDITION_FAILED) throw error;
    throw new TopologyMismatchError(entity, differenceIn(error as Error), { cause: error });
  }
}

/** The broker's own words for what differs: argument, what was asked for, what is there. */
function differenceIn({ message }: Error): string {
  const [, argument, received, current] =
    /inequivalent arg '([^']+)'.*received (.+?) but current is (.+?)"?$/s.exec(message) ?? [];
  return argument === undefined
    ? message.replace(/^.*PRECONDITION_FAILED - /s, '').replace(/"$/, '')
    : `its argument "${argument}" is ${current}, and ${received} is needed`;
}
