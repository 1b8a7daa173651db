import type { Clock, DeliveryQueue, Logger } from '@tidings/core';
import type { Channel, ConsumeMessage } from 'amqplib';

import type { BrokerConnection } from '../connection/broker-connection.ts';
import { KeptChannel } from '../connection/kept-channel.ts';
import { TransportUnavailableError } from '../errors.ts';
import type { RabbitMqMessage } from './rabbitmq-message.ts';

export interface QueueReaderOptions {
  readonly connection: BrokerConnection;
  /** Name of the broker's queue. */
  readonly queue: string;
  readonly prefetch: () => number;
  /** Makes sure that the queue is there. */
  readonly declare: (channel: Channel) => Promise<void>;
  /** Puts a message that came into a queue of deliveries. */
  readonly accept: (raw: ConsumeMessage, channel: Channel) => void;
  /** The queues of deliveries that its messages may be in. */
  readonly deliveries: () => readonly DeliveryQueue<RabbitMqMessage>[];
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Reads one queue of the broker on a channel of its own. Of all processes that do, the broker lets one
 * have messages; when that one closes its channel, what it has not settled goes back to where it was,
 * and the next one gets it. Recovers from the loss of connection, channel, queue or consumer.
 */
export class QueueReader {
  readonly #with: QueueReaderOptions;
  #kept: KeptChannel<Channel> | undefined;
  #closing: Promise<void> = Promise.resolve();
  #isLeaving = false;
  #isWanted = false;
  #prefetch = 0;

  constructor(options: QueueReaderOptions) {
    this.#with = options;
  }

  /** Resolves when it reads for the first time; rejects when that attempt fails, and goes on trying. */
  async open(): Promise<void> {
    this.#isWanted = true;
    await this.#closing;
    if (!this.#isWanted) throw new TransportUnavailableError('its consumers were closed meanwhile');
    if (this.#kept === undefined) {
      const { connection, clock, logger, queue } = this.#with;
      this.#isLeaving = false;
      this.#kept = new KeptChannel<Channel>({
        connection,
        clock,
        logger,
        purpose: `reads ${queue}`,
        create: (model) => model.createChannel(),
        setUp: (channel) => this.#consume(channel),
        onLost: (channel) => this.#abandon(channel),
      });
    }
    await this.#kept.open();
  }

  /** Lets what is in the hands of handlers end, starts nothing more, and leaves the queue to the next. */
  async leave(): Promise<void> {
    const kept = this.#kept;
    const channel = kept?.channel;
    if (kept === undefined || this.#isLeaving) return;
    this.#isLeaving = true;
    if (channel !== undefined) {
      // Cancelling first would let the next one begin behind what this one still has (quorum queues
      // return it only with the channel); without acks the broker sends no more than the prefetch.
      const isItsOwn = (message: RabbitMqMessage): boolean => message.channel === channel;
      await Promise.all(this.#with.deliveries().map((queue) => queue.release(isItsOwn)));
    }
    if (this.#kept === kept) await this.#end();
  }

  /** Reads again after {@link leave}, unless it was closed meanwhile. */
  async comeBack(): Promise<void> {
    if (this.#isWanted && this.#kept === undefined) await this.open();
  }

  /** Sees to it that the prefetch is what it should be now. It can grow only with a new channel. */
  async fitPrefetch(): Promise<void> {
    if (this.#kept?.channel === undefined || this.#with.prefetch() <= this.#prefetch) return;
    await this.leave();
    await this.comeBack();
  }

  /** Leaves the queue at once: what is in the hands of handlers comes again. Idempotent. */
  close(): Promise<void> {
    this.#isWanted = false;
    return this.#end();
  }

  #end(): Promise<void> {
    const kept = this.#kept;
    this.#kept = undefined;
    if (kept !== undefined) {
      this.#isLeaving = true;
      const { channel } = kept;
      if (channel !== undefined) this.#abandon(channel);
      this.#closing = kept.close();
    }
    return this.#closing;
  }

  async #consume(channel: Channel): Promise<void> {
    const { queue, prefetch, declare, logger } = this.#with;
    await declare(channel);
    this.#prefetch = prefetch();
    await channel.prefetch(this.#prefetch);
    await channel.consume(queue, (raw) => {
      if (raw !== null) return this.#accept(raw, channel);
      logger.warn({ queue }, 'the broker cancelled a consumer; its queue is declared again');
      channel.close().catch(() => {});
    });
  }

  #accept(raw: ConsumeMessage, channel: Channel): void {
    if (this.#isLeaving) return;
    const { accept, logger, queue } = this.#with;
    try {
      accept(raw, channel);
    } catch (error) {
      // An error thrown into the driver would close the channel, and the message would come again at once.
      logger.error({ error, queue }, 'a message could not be taken; it stays in its queue');
    }
  }

  #abandon(channel: Channel): void {
    for (const queue of this.#with.deliveries()) {
      queue.abandon((message) => message.channel === channel);
    }
  }
}
