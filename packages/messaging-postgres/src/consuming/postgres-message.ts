import type { Delivery, QueuedMessage, Reply } from '@tidings/core';

import type { Partition } from './partition.ts';

/** A message that was read, until it is known to be deleted. */
export class PostgresMessage implements QueuedMessage {
  readonly partition: Partition;
  readonly seq: number;
  readonly message: Delivery['message'];
  readonly key: string | undefined;
  readonly reply: ((reply: Reply) => Promise<void>) | undefined;
  readonly size: number;
  redelivered: boolean;
  readonly #onSettled: (message: PostgresMessage) => void;

  constructor(
    partition: Partition,
    seq: number,
    parts: Pick<PostgresMessage, 'message' | 'redelivered' | 'reply' | 'size'>,
    onSettled: (message: PostgresMessage) => void,
  ) {
    this.partition = partition;
    this.seq = seq;
    // Every attempt gets this very object; none of them may change it for the next.
    this.message = Object.freeze(parts.message);
    this.key = 'unreadable' in parts.message ? undefined : parts.message.partitionkey;
    this.redelivered = parts.redelivered;
    this.reply = parts.reply;
    this.size = parts.size;
    this.#onSettled = onSettled;
  }

  settled(): void {
    this.#onSettled(this);
  }
}
