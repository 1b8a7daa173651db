import type { Channel, ChannelModel } from 'amqplib';

import { TopologyMismatchError } from '../errors.ts';
import type { SubscriptionTopology } from './topology.ts';

/**
 * Refuses a subscription that the broker has with one queue and that is to have several, or the other way
 * round: the names differ, so both would be there, and what waits in the old one would never be handled.
 * (Between two numbers above one, the exchange that spreads the messages differs, which declaring it finds.)
 *
 * @throws {@link TopologyMismatchError}
 */
export async function checkPartitions(
  model: ChannelModel,
  { spread, queues: [first] }: SubscriptionTopology,
): Promise<void> {
  if (spread !== undefined) {
    if (await exists(model, (channel) => channel.checkQueue(spread.exchange))) {
      throw new TopologyMismatchError(
        `the queue "${spread.exchange}"`,
        'the subscription has one queue there, and several partitions here',
      );
    }
  } else if (first !== undefined) {
    if (await exists(model, (channel) => channel.checkExchange(first.name))) {
      throw new TopologyMismatchError(
        `the exchange "${first.name}"`,
        'the subscription has several partitions there, and one queue here',
      );
    }
  }
}

const NOT_FOUND = 404;

/** Asking for what is not there closes the channel, so each question has one of its own. */
async function exists(
  model: ChannelModel,
  check: (channel: Channel) => Promise<unknown>,
): Promise<boolean> {
  const channel = await model.createChannel();
  channel.on('error', () => {});
  try {
    await check(channel);
  } catch (error) {
    if ((error as { code?: unknown }).code === NOT_FOUND) return false;
    throw error;
  }
  await channel.close();
  return true;
}
