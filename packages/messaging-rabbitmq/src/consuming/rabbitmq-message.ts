import type { Delivery, QueuedMessage, Reply } from '@tidings/core';
import type { Channel, ConsumeMessage } from 'amqplib';

/**
 * A message that came on one channel and can be settled on that channel only: its tag means something
 * else on any other (pitfall N26).
 */
export class RabbitMqMessage implements QueuedMessage {
  readonly message: Delivery['message'];
  readonly channel: Channel;
  readonly key: string | undefined;
  readonly givenUp: string | undefined;
  readonly reply: ((reply: Reply) => Promise<void>) | undefined;
  redelivered: boolean;
  readonly #raw: ConsumeMessage;
  readonly #onSettled: (() => void) | undefined;

  constructor(
    raw: ConsumeMessage,
    channel: Channel,
    parts: Pick<QueuedMessage, 'message' | 'redelivered' | 'givenUp' | 'reply'>,
    onSettled?: () => void,
  ) {
    this.#raw = raw;
    this.channel = channel;
    this.message = Object.freeze(parts.message);
    this.key = 'unreadable' in parts.message ? undefined : parts.message.partitionkey;
    this.redelivered = parts.redelivered;
    this.givenUp = parts.givenUp;
    this.reply = parts.reply;
    this.#onSettled = onSettled;
  }

  settled(): void {
    try {
      this.channel.ack(this.#raw);
    } catch {
      // The channel was closed meanwhile: the message comes again, and is known as a copy then.
    }
    this.#onSettled?.();
  }
}
