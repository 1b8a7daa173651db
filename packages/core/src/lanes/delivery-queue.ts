import type { Deliver } from '../ports/transport.ts';
import { KeyedLanes } from './keyed-lanes.ts';
import { QueueConsumer } from './queue-consumer.ts';
import { QueuedDelivery, type QueuedMessage, type Underway } from './queued-delivery.ts';

export interface DeliveryQueueOptions {
  /** Called when the last consumer has left: drained, or closed. */
  readonly onDeserted?: () => void;
}

/**
 * The messages of one subscription that this process has, and the consumers that compete for them in
 * turns: what a transport needs to keep its contract about order within a process. Of one key only
 * one message is under way, whichever consumer has it.
 */
export class DeliveryQueue<Item extends QueuedMessage> {
  readonly #lanes = new KeyedLanes<Item>();
  readonly #consumers: QueueConsumer<Item>[] = [];
  readonly #onDeserted: (() => void) | undefined;
  readonly #releases: { matches: (item: Item) => boolean; resolve: () => void }[] = [];
  #turn = 0;
  #pumping = false;

  constructor({ onDeserted }: DeliveryQueueOptions = {}) {
    this.#onDeserted = onDeserted;
  }

  /** How many deliveries its consumers take at once, all together. */
  get concurrency(): number {
    return this.#consumers.reduce((sum, { concurrency }) => sum + concurrency, 0);
  }

  /** Adds a message. Call {@link pump} once all that came together are added. */
  push(item: Item): void {
    this.#lanes.push(item, item.key);
  }

  addConsumer(deliver: Deliver, concurrency: number): QueueConsumer<Item> {
    const consumer = new QueueConsumer(this, deliver, concurrency);
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
        consumer.start({ taken, delivery: new QueuedDelivery(taken.item), abandoned: false });
      }
    } finally {
      this.#pumping = false;
    }
  }

  settle({ taken }: Underway<Item>): void {
    this.#lanes.done(taken);
    taken.item.settled();
    if (this.#releases.length > 0) this.#endReleases();
    this.pump();
  }

  /** The delivery comes again, before the next of its key. */
  putBack({ taken }: Underway<Item>): void {
    taken.item.redelivered = true;
    if (this.#releases.some(({ matches }) => matches(taken.item))) this.#lanes.done(taken);
    else this.#lanes.putBack(taken);
    if (this.#releases.length > 0) this.#endReleases();
    this.pump();
  }

  /** The delivery is none of this queue's business any more. */
  drop({ taken }: Underway<Item>): void {
    this.#lanes.done(taken);
    if (this.#releases.length > 0) this.#endReleases();
    this.pump();
  }

  /** Forgets what waits and matches, and gives up what is under way and matches: it comes anew. */
  abandon(matches: (item: Item) => boolean): void {
    this.#lanes.remove(matches);
    for (const consumer of this.#consumers) consumer.abandon(matches);
  }

  /**
   * Forgets what waits and matches, and resolves when what is under way and matches has ended as well,
   * whether or not it was settled.
   */
  release(matches: (item: Item) => boolean): Promise<void> {
    this.#lanes.remove(matches);
    return new Promise((resolve) => {
      this.#releases.push({ matches, resolve });
      this.#endReleases();
    });
  }

  remove(consumer: QueueConsumer<Item>): void {
    const index = this.#consumers.indexOf(consumer);
    if (index < 0) return;
    this.#consumers.splice(index, 1);
    if (this.#consumers.length === 0) this.#onDeserted?.();
  }

  /** Closes every consumer and gives what is left. */
  async close(): Promise<readonly Item[]> {
    await Promise.all([...this.#consumers].map((consumer) => consumer.close()));
    return this.#lanes.clear();
  }

  #endReleases(): void {
    const ended = this.#releases.filter(
      ({ matches }) => !this.#consumers.some((consumer) => consumer.has(matches)),
    );
    for (const release of ended) {
      this.#releases.splice(this.#releases.indexOf(release), 1);
      release.resolve();
    }
  }

  /** The consumer whose turn it is, of those that have room. */
  #next(): QueueConsumer<Item> | undefined {
    for (let tried = 0; tried < this.#consumers.length; tried += 1) {
      const consumer = this.#consumers[this.#turn % this.#consumers.length];
      this.#turn = (this.#turn + 1) % this.#consumers.length;
      if (consumer?.hasRoom === true) return consumer;
    }
    return undefined;
  }
}
