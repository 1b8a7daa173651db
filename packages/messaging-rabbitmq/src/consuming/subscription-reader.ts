import { DeliveryQueue } from '@tidings/core';
import type { Clock, ConsumeOptions, Consumer, Deliver, Logger } from '@tidings/core';
import type { Channel, ConsumeMessage } from 'amqplib';

import type { BrokerConnection } from '../connection/broker-connection.ts';
import { REPUBLISHED_HEADER } from '../envelope/attributes.ts';
import { decode } from '../envelope/decode.ts';
import { replyAddress, type RequestChannel } from '../requests/request-channel.ts';
import { declareExchanges, declareQueue, declareSubscription } from '../topology/declare.ts';
import type { SubscriptionTopology, Topology } from '../topology/topology.ts';
import type { Members } from './members.ts';
import { QueueReader } from './queue-reader.ts';
import { RabbitMqMessage } from './rabbitmq-message.ts';
import { StepAside } from './step-aside.ts';

export interface SubscriptionReaderOptions {
  readonly connection: BrokerConnection;
  readonly topology: Topology;
  readonly subscription: SubscriptionTopology;
  readonly requests: RequestChannel;
  readonly members: Members;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Reads the queues of one subscription and hands what comes to its consumers in this process. */
export class SubscriptionReader {
  readonly #with: SubscriptionReaderOptions;
  readonly #readers: readonly QueueReader[];
  readonly deliveries: DeliveryQueue<RabbitMqMessage>;
  #closing: Promise<unknown> = Promise.resolve();

  constructor(options: SubscriptionReaderOptions) {
    this.#with = options;
    const { connection, topology, subscription, members, clock, logger } = options;
    const { name } = subscription.subscription;
    this.deliveries = new DeliveryQueue<RabbitMqMessage>({
      onDeserted: () => void this.#close(),
    });
    this.#readers = subscription.queues.map((queue) => {
      const reader: QueueReader = new QueueReader({
        connection,
        clock,
        logger,
        queue: queue.name,
        prefetch: () => Math.max(topology.settings.prefetchOf(name), this.deliveries.concurrency),
        declare: (channel) => this.#declare(channel, queue),
        accept: (raw, channel) => {
          this.#accept(raw, channel);
          stepAside.consider();
        },
        deliveries: () => [this.deliveries],
      });
      const stepAside = new StepAside({
        reader,
        isOthers: () => members.isOthers(name, queue.partition),
        clock,
        logger,
        queue: queue.name,
      });
      return reader;
    });
  }

  /** Resolves when all queues are read. */
  async addConsumer(deliver: Deliver, { concurrency }: ConsumeOptions): Promise<Consumer> {
    const consumer = this.deliveries.addConsumer(deliver, concurrency);
    try {
      await Promise.all(this.#readers.map((reader) => reader.open()));
    } catch (error) {
      await consumer.close();
      throw error;
    }
    return {
      setConcurrency: (limit) => {
        consumer.setConcurrency(limit);
        this.#fitPrefetch();
      },
      drain: async () => {
        await consumer.drain();
        await this.#closing;
      },
      close: async () => {
        await consumer.close();
        await this.#closing;
      },
    };
  }

  /** Closes its consumers and stops reading. */
  async close(): Promise<void> {
    await this.deliveries.close();
    await this.#close();
  }

  #close(): Promise<unknown> {
    this.#closing = Promise.all(this.#readers.map((reader) => reader.close()));
    return this.#closing;
  }

  /** A consumer that may do more at once than its channel was opened for needs another channel. */
  #fitPrefetch(): void {
    for (const reader of this.#readers) {
      reader.fitPrefetch().catch((error: unknown) => {
        this.#with.logger.warn(
          { error },
          'a queue could not be read again at once; it is tried again',
        );
      });
    }
  }

  async #declare(channel: Channel, queue: SubscriptionTopology['queues'][number]): Promise<void> {
    const { topology, subscription } = this.#with;
    await declareExchanges(channel, topology);
    // All partitions, not this one alone: what came for one that is not bound yet would go elsewhere.
    if (subscription.spread === undefined)
      await declareQueue(channel, topology, subscription, queue);
    else await declareSubscription(channel, topology, subscription);
  }

  #accept(raw: ConsumeMessage, channel: Channel): void {
    const { subscription, requests, clock } = this.#with;
    const { kind } = subscription.subscription;
    const now = (): string => new Date(clock.now()).toISOString();
    const message = decode(raw, { kind, now });
    const address = kind === 'command' && 'id' in message ? replyAddress(raw) : undefined;
    const requestId = String(raw.properties.correlationId);
    this.deliveries.push(
      new RabbitMqMessage(raw, channel, {
        message,
        redelivered:
          raw.fields.redelivered || raw.properties.headers?.[REPUBLISHED_HEADER] === 'true',
        reply:
          address === undefined ? undefined : (reply) => requests.reply(address, requestId, reply),
      }),
    );
    this.deliveries.pump();
  }
}
