import { TransportUsageError } from '@tidings/core';
import type {
  ConsumeOptions,
  Consumer,
  Deliver,
  OutgoingMessage,
  Transport,
  TransportCapabilities,
  TransportSubscription,
} from '@tidings/core';

import { Publication } from './publication.ts';
import { SubscriptionQueue } from './subscription-queue.ts';

/** Types by name, and the queues that get them. */
type Routes = Map<string, Set<SubscriptionQueue>>;

/**
 * Carries messages within the process. Nothing outlives it, so a message counts as published only
 * once every subscription has dealt with it: what a crash would lose, a relay publishes again.
 */
export class InMemoryTransport implements Transport {
  readonly capabilities: TransportCapabilities = Object.freeze({
    durable: false,
    shared: false,
    ordered: true,
    publishWindow: 10_000,
  });
  readonly #queues = new Map<string, SubscriptionQueue>();
  readonly #routes: Readonly<Record<'command' | 'event', Routes>> = {
    command: new Map(),
    event: new Map(),
  };
  #closed = false;

  async declare(subscriptions: readonly TransportSubscription[]): Promise<void> {
    this.#closed = false;
    for (const { name, kind, types } of subscriptions) {
      const queue = this.#queues.get(name) ?? new SubscriptionQueue();
      this.#queues.set(name, queue);
      const routes = this.#routes[kind];
      for (const type of types) routes.set(type, (routes.get(type) ?? new Set()).add(queue));
    }
  }

  async publish(messages: readonly OutgoingMessage[]): Promise<void> {
    this.#assertOpen('publish');
    const publication = new Publication();
    const touched = new Set<SubscriptionQueue>();
    for (const { envelope, republished } of messages) {
      const queues = this.#routes[envelope.kind].get(envelope.type);
      if (queues === undefined && envelope.kind === 'command') {
        publication.failed({
          messageId: envelope.id,
          kind: 'unroutable',
          why: `no subscription takes "${envelope.type}"`,
        });
      }
      for (const queue of queues ?? []) {
        queue.push(envelope, republished, publication);
        touched.add(queue);
      }
    }
    for (const queue of touched) queue.pump();
    publication.settled();
    return publication.done;
  }

  async subscribe(
    subscription: string,
    deliver: Deliver,
    options: ConsumeOptions,
  ): Promise<Consumer> {
    this.#assertOpen('subscribe');
    const queue = this.#queues.get(subscription);
    if (queue === undefined) {
      throw new TransportUsageError(
        `Cannot consume "${subscription}": it is not declared. Call declare() with it first.`,
      );
    }
    return queue.addConsumer(deliver, options.concurrency);
  }

  /** What was not settled counts as not published. {@link declare} opens it again. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#queues.values()].map((queue) => queue.close()));
  }

  #assertOpen(operation: string): void {
    if (this.#closed) {
      throw new TransportUsageError(`Cannot ${operation}: the transport is closed.`);
    }
  }
}
