import { KeyedLanes, type Deliver, type Envelope, type LaneItem } from '@tidings/core';

import { InMemoryConsumer } from './in-memory-consumer.ts';
import { InMemoryDelivery } from './in-memory-delivery.ts';
import type { Publication } from './publication.ts';

/** A message that waits for one subscription. */
export interface QueuedMessage {
  readonly envelope: Envelope;
  readonly publication: Publication;
  redelivered: boolean;
}

/** A delivery in the hands of a consumer. */
export interface Underway {
  readonly taken: LaneItem<QueuedMessage>;
  readonly delivery: InMemoryDelivery;
}

/**
 * The messages of one subscription, and the consumers that compete for them in turns. Of one key only
 * one message is under way, whichever consumer has it.
 */
export class SubscriptionQueue {
  readonly #lanes = new KeyedLanes<QueuedMessage>();
  readonly #consumers: InMemoryConsumer[] = [];
  #turn = 0;
  #pumping = false;

  push(envelope: Envelope, redelivered: boolean, publication: Publication): void {
    publication.expect();
    // Every attempt gets this very object; none of them may change it for the next.
    Object.freeze(envelope);
    this.#lanes.push({ envelope, redelivered, publication }, envelope.partitionkey);
  }

  addConsumer(deliver: Deliver, concurrency: number): InMemoryConsumer {
    const consumer = new InMemoryConsumer(this, deliver, concurrency);
    this.#consumers.push(consumer);
    this.pump();
    return consumer;
  }

  /** Hands out what can be handed out. Called whenever that may have become more. */
  pump(): void {
    // A handler that publishes as soon as it is called would otherwise nest ever deeper.
    if (this.#pumping) return;
    this.#pumping = true;
    try {
      for (let consumer = this.#next(); consumer !== undefined; consumer = this.#next()) {
        const taken = this.#lanes.take();
        if (taken === undefined) break;
        const delivery = new InMemoryDelivery(taken.item.envelope, taken.item.redelivered);
        consumer.start({ taken, delivery });
      }
    } finally {
      this.#pumping = false;
    }
  }

  settle({ taken }: Underway): void {
    this.#lanes.done(taken);
    taken.item.publication.settled();
    this.pump();
  }

  /** The delivery comes again, before the next of its key. */
  putBack({ taken }: Underway): void {
    taken.item.redelivered = true;
    this.#lanes.putBack(taken);
    this.pump();
  }

  remove(consumer: InMemoryConsumer): void {
    const index = this.#consumers.indexOf(consumer);
    if (index >= 0) this.#consumers.splice(index, 1);
  }

  /** Closes every consumer, and tells the publishers of what is left that it was not delivered. */
  async close(): Promise<void> {
    await Promise.all([...this.#consumers].map((consumer) => consumer.close()));
    for (const { envelope, publication } of this.#lanes.clear()) {
      publication.failed({
        messageId: envelope.id,
        kind: 'unconfirmed',
        why: 'the transport was closed before it was delivered',
      });
      publication.settled();
    }
  }

  /** The consumer whose turn it is, of those that have room. */
  #next(): InMemoryConsumer | undefined {
    for (let tried = 0; tried < this.#consumers.length; tried += 1) {
      const consumer = this.#consumers[this.#turn % this.#consumers.length];
      this.#turn = (this.#turn + 1) % this.#consumers.length;
      if (consumer?.hasRoom === true) return consumer;
    }
    return undefined;
  }
}
