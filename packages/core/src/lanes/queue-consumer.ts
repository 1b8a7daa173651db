import type { Consumer, Deliver } from '../ports/transport.ts';
import type { DeliveryQueue } from './delivery-queue.ts';
import type { QueuedMessage, Underway } from './queued-delivery.ts';

/** Takes deliveries of one queue, as many at once as its concurrency says. */
export class QueueConsumer<Item extends QueuedMessage> implements Consumer {
  readonly #queue: DeliveryQueue<Item>;
  readonly #deliver: Deliver;
  readonly #underway = new Set<Underway<Item>>();
  #concurrency: number;
  #taking = true;
  #drained: (() => void)[] = [];

  constructor(queue: DeliveryQueue<Item>, deliver: Deliver, concurrency: number) {
    this.#queue = queue;
    this.#deliver = deliver;
    this.#concurrency = concurrency;
  }

  get hasRoom(): boolean {
    return this.#taking && this.#underway.size < this.#concurrency;
  }

  get concurrency(): number {
    return this.#concurrency;
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
      if (underway.abandoned) this.#queue.drop(underway);
      else this.#queue.putBack(underway);
    }
    this.#leaveWhenIdle();
  }

  /** Tries a delivery. What comes of it after {@link close} is of no interest any more. */
  start(underway: Underway<Item>): void {
    this.#underway.add(underway);
    const retry = (): void => this.#finish(underway, 'retry');
    try {
      this.#deliver(underway.delivery).then((outcome) => this.#finish(underway, outcome), retry);
    } catch {
      // A function that throws instead of rejecting fails its delivery all the same, as late as one.
      queueMicrotask(retry);
    }
  }

  /** Whether something that matches is under way. */
  has(matches: (item: Item) => boolean): boolean {
    return [...this.#underway].some(({ taken }) => matches(taken.item));
  }

  /** Gives up what is under way and matches; its key stays taken until its handler has ended. */
  abandon(matches: (item: Item) => boolean): void {
    for (const underway of this.#underway) {
      if (!matches(underway.taken.item)) continue;
      underway.abandoned = true;
      underway.delivery.end();
    }
  }

  #finish(underway: Underway<Item>, outcome: 'settle' | 'retry'): void {
    if (!this.#underway.has(underway)) return;
    if (underway.abandoned || outcome === 'settle') {
      this.#end(underway, outcome);
      return;
    }
    // In a turn of its own: one who always retries at once would otherwise keep timers and sockets waiting.
    setImmediate(() => {
      if (this.#underway.has(underway)) this.#end(underway, outcome);
    });
  }

  #end(underway: Underway<Item>, outcome: 'settle' | 'retry'): void {
    this.#underway.delete(underway);
    underway.delivery.end();
    if (underway.abandoned) this.#queue.drop(underway);
    else if (outcome === 'settle') this.#queue.settle(underway);
    else this.#queue.putBack(underway);
    // Only now: whoever hears of it may take away what settling needs.
    if (!this.#taking) this.#leaveWhenIdle();
  }

  #leaveWhenIdle(): void {
    if (this.#underway.size > 0) return;
    this.#queue.remove(this);
    for (const resolve of this.#drained) resolve();
    this.#drained = [];
  }
}
