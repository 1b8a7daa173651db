import { DeliveryQueue, TransportUsageError, WaitTimeoutError } from '@tidings/core';
import type {
  ConsumeOptions,
  Consumer,
  Deliver,
  Envelope,
  OutgoingMessage,
  Reply,
  RequestOptions,
  Transport,
  TransportCapabilities,
  TransportSubscription,
} from '@tidings/core';

import { InMemoryMessage } from './in-memory-message.ts';
import { Publication } from './publication.ts';

type Queue = DeliveryQueue<InMemoryMessage>;

/** Types by name, and the queues that get them. */
type Routes = Map<string, Set<Queue>>;

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
  readonly #queues = new Map<string, Queue>();
  readonly #routes: Readonly<Record<'command' | 'event', Routes>> = {
    command: new Map(),
    event: new Map(),
  };
  #closed = false;

  async declare(subscriptions: readonly TransportSubscription[]): Promise<void> {
    this.#closed = false;
    for (const { name, kind, types } of subscriptions) {
      const queue = this.#queues.get(name) ?? new DeliveryQueue<InMemoryMessage>();
      this.#queues.set(name, queue);
      const routes = this.#routes[kind];
      for (const type of types) routes.set(type, (routes.get(type) ?? new Set()).add(queue));
    }
  }

  async publish(messages: readonly OutgoingMessage[]): Promise<void> {
    this.#assertOpen('publish');
    const publication = new Publication();
    const touched = new Set<Queue>();
    for (const { envelope, republished } of messages) {
      for (const queue of this.#queuesFor(envelope, publication)) {
        queue.push(new InMemoryMessage(envelope, republished, publication));
        touched.add(queue);
      }
    }
    for (const queue of touched) queue.pump();
    publication.settled();
    return publication.done;
  }

  async request(command: Envelope, { timeoutMs, signal }: RequestOptions): Promise<Reply> {
    this.#assertOpen('request');
    const publication = new Publication();
    const replied = new Promise<Reply>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new WaitTimeoutError(`The reply to ${command.type}`, timeoutMs)),
        timeoutMs,
      );
      const giveUp = (): void => reject(signal?.reason as Error);
      const end = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', giveUp);
      };
      if (signal?.aborted === true) giveUp();
      signal?.addEventListener('abort', giveUp, { once: true });
      const reply = async (given: Reply): Promise<void> => {
        resolve(given);
      };
      for (const queue of this.#queuesFor(command, publication)) {
        queue.push(new InMemoryMessage(command, false, publication, reply));
        queue.pump();
      }
      publication.settled();
      publication.done.catch(reject).finally(end);
    });
    return replied;
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

  async ping(): Promise<void> {
    this.#assertOpen('ping');
  }

  /** What was not settled counts as not published. {@link declare} opens it again. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const queue of this.#queues.values()) {
      for (const message of await queue.close()) message.lost();
    }
  }

  #queuesFor({ id, kind, type }: Envelope, publication: Publication): Iterable<Queue> {
    const queues = this.#routes[kind].get(type);
    if (queues === undefined && kind === 'command') {
      publication.failed({
        messageId: id,
        kind: 'unroutable',
        why: `no subscription takes "${type}"`,
      });
    }
    return queues ?? [];
  }

  #assertOpen(operation: string): void {
    if (this.#closed) {
      throw new TransportUsageError(`Cannot ${operation}: the transport is closed.`);
    }
  }
}
