import type { Consumer, Deliver } from '@tidings/core';

import type { SubscriptionQueue, Underway } from './subscription-queue.ts';

/** Takes deliveries of one queue, as many at once as its concurrency says. */
export class InMemoryConsumer implements Consumer {
  readonly #queue: SubscriptionQueue;
  readonly #deliver: Deliver;
  readonly #underway = new Set<Underway>();
  #concurrency: number;
  #taking = true;
  #drained: (() => void)[] = [];

  constructor(queue: SubscriptionQueue, deliver: Deliver, concurrency: number) {
    this.#queue = queue;
    this.#deliver = deliver;
    this.#concurrency = concurrency;
  }

  get hasRoom(): boolean {
    return this.#taking && this.#underway.size < this.#concurrency;
  }

  setConcurrency(concurrency: number): void {
    this.#concurrency = concurrency;
    this.#queue.pump();
  }

  async drain(): Promise<void> {
    this.#taking = false;
    this.#leaveWhenIdle();
    if (this.#underway.size === 0) return;
    await new Promise<void>((resolve) => this.#drained.push(resolve));
  }

  async close(): Promise<void> {
    this.#taking = false;
    const given = [...this.#underway].toReversed();
    this.#underway.clear();
    // The last one first, so that the first one ends up first again.
    for (const underway of given) {
      underway.delivery.end();
      this.#queue.putBack(underway);
    }
    this.#leaveWhenIdle();
  }

  /** Tries a delivery. What comes of it after {@link close} is of no interest any more. */
  start(underway: Underway): void {
    this.#underway.add(underway);
    const retry = (): void => this.#finish(underway, 'retry');
    try {
      this.#deliver(underway.delivery).then((outcome) => this.#finish(underway, outcome), retry);
    } catch {
      // A function that throws instead of rejecting fails its delivery all the same, as late as one.
      queueMicrotask(retry);
    }
  }

  #finish(underway: Underway, outcome: 'settle' | 'retry'): void {
    if (!this.#underway.has(underway)) return;
    if (outcome === 'settle') {
      this.#remove(underway);
      this.#queue.settle(underway);
      return;
    }
    // In a turn of its own: one who always retries at once would otherwise keep timers and sockets waiting.
    setImmediate(() => {
      if (!this.#underway.has(underway)) return;
      this.#remove(underway);
      this.#queue.putBack(underway);
    });
  }

  #remove(underway: Underway): void {
    this.#underway.delete(underway);
    underway.delivery.end();
    if (!this.#taking) this.#leaveWhenIdle();
  }

  #leaveWhenIdle(): void {
    if (this.#underway.size > 0) return;
    this.#queue.remove(this);
    for (const resolve of this.#drained) resolve();
    this.#drained = [];
  }
}
