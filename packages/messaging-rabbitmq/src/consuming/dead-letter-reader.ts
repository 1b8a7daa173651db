import type { Clock, DeliveryQueue, Logger } from '@tidings/core';
import type { Channel, ConsumeMessage } from 'amqplib';

import type { BrokerConnection } from '../connection/broker-connection.ts';
import { decode } from '../envelope/decode.ts';
import { declareDeadQueue, declareExchanges } from '../topology/declare.ts';
import type { Topology } from '../topology/topology.ts';
import { QueueReader } from './queue-reader.ts';
import { RabbitMqMessage } from './rabbitmq-message.ts';
import type { SubscriptionReader } from './subscription-reader.ts';

export interface DeadLetterReaderOptions {
  readonly connection: BrokerConnection;
  readonly topology: Topology;
  /** The readers of the service's subscriptions, by name of their queues. */
  readonly readers: ReadonlyMap<string, SubscriptionReader>;
  readonly kindOf: (queue: string) => 'command' | 'event';
  readonly clock: Clock;
  readonly logger: Logger;
}

const PREFETCH = 50;

/** What the broker says, and the reason as it is documented. */
const REASONS = new Map([
  ['delivery_limit', 'delivery-limit'],
  ['expired', 'expired'],
  ['maxlen', 'queue-full'],
  ['rejected', 'rejected'],
]);

/**
 * Hands what the broker itself gave up to the subscription that it was for, to be kept among its dead
 * letters: nobody has to look in two places.
 */
export class DeadLetterReader {
  readonly #with: DeadLetterReaderOptions;
  readonly #reader: QueueReader;

  constructor(options: DeadLetterReaderOptions) {
    this.#with = options;
    const { connection, topology, readers, clock, logger } = options;
    this.#reader = new QueueReader({
      connection,
      clock,
      logger,
      queue: topology.deadQueue,
      prefetch: () => PREFETCH,
      declare: async (channel) => {
        await declareExchanges(channel, topology);
        await declareDeadQueue(channel, topology);
      },
      accept: (raw, channel) => this.#accept(raw, channel),
      deliveries: () => [...new Set(readers.values())].map(queueOf),
    });
  }

  open(): Promise<void> {
    return this.#reader.open();
  }

  close(): Promise<void> {
    return this.#reader.close();
  }

  #accept(raw: ConsumeMessage, channel: Channel): void {
    const { readers, kindOf, clock, logger } = this.#with;
    const headers = raw.properties.headers ?? {};
    const queue = String(headers['x-first-death-queue']);
    const reason = String(headers['x-first-death-reason']);
    const reader = readers.get(queue);
    if (reader === undefined) {
      // It stays in the queue of the dead, and with this process as long as that lives.
      logger.error(
        { queue, reason, messageId: String(raw.properties.messageId) },
        'the broker gave up a message of a queue that is no subscription of this service',
      );
      return;
    }
    const now = (): string => new Date(clock.now()).toISOString();
    reader.deliveries.push(
      new RabbitMqMessage(raw, channel, {
        message: decode(raw, { kind: kindOf(queue), now }),
        redelivered: raw.fields.redelivered,
        givenUp: REASONS.get(reason) ?? 'given-up',
      }),
    );
    reader.deliveries.pump();
  }
}

function queueOf({ deliveries }: SubscriptionReader): DeliveryQueue<RabbitMqMessage> {
  return deliveries;
}
