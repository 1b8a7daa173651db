import type { Clock, DeliveryQueue, Logger } from '@tidings/core';
import type { Channel, ConsumeMessage, XDeath } from 'amqplib';

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
  /** Whether a queue is one of the service's, read or not yet. */
  readonly isDeclared: (queue: string) => boolean;
  readonly kindOf: (queue: string) => 'command' | 'event';
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What nobody claims takes up some of it. */
const PREFETCH = 500;

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
  /** Came before the subscription was read that they are for; there may be none. */
  #unclaimed: { readonly raw: ConsumeMessage; readonly channel: Channel }[] = [];

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

  /** Another subscription is read from now on. */
  claim(): void {
    for (const { raw, channel } of this.#unclaimed.splice(0)) this.#accept(raw, channel);
  }

  close(): Promise<void> {
    this.#unclaimed = [];
    return this.#reader.close();
  }

  #accept(raw: ConsumeMessage, channel: Channel): void {
    const { readers, isDeclared, kindOf, clock, logger } = this.#with;
    const headers = raw.properties.headers ?? {};
    const queue = String(headers['x-first-death-queue']);
    const reason = String(headers['x-first-death-reason']);
    const reader = readers.get(queue);
    if (reader === undefined) {
      this.#unclaimed = this.#unclaimed.filter((other) => other.channel === channel);
      this.#unclaimed.push({ raw, channel });
      if (isDeclared(queue)) return;
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
        message: decode(asPublished(raw, queue), { kind: kindOf(queue), now }),
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

/** The message with the routing key that it was published with: in the queue of the dead it has another. */
function asPublished(raw: ConsumeMessage, queue: string): ConsumeMessage {
  const deaths: unknown = raw.properties.headers?.['x-death'];
  const first = (Array.isArray(deaths) ? (deaths as Partial<XDeath>[]) : []).find(
    (death) => death.queue === queue,
  );
  const routingKey = first?.['routing-keys']?.[0];
  return typeof routingKey === 'string' ? { ...raw, fields: { ...raw.fields, routingKey } } : raw;
}
