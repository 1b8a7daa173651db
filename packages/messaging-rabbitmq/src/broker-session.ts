import { TransportUsageError, WaitTimeoutError } from '@tidings/core';
import type {
  AdapterContext,
  ConsumeOptions,
  Consumer,
  Deliver,
  TransportSubscription,
} from '@tidings/core';
import type { Channel } from 'amqplib';

import { BrokerConnection } from './connection/broker-connection.ts';
import { DeadLetterReader } from './consuming/dead-letter-reader.ts';
import { Members } from './consuming/members.ts';
import { SubscriptionReader } from './consuming/subscription-reader.ts';
import { TransportUnavailableError } from './errors.ts';
import { Publisher } from './publishing/publisher.ts';
import { RequestChannel } from './requests/request-channel.ts';
import { checkPartitions } from './topology/check-partitions.ts';
import { declareDeadQueue, declareExchanges, declareSubscription } from './topology/declare.ts';
import type { SubscriptionTopology, Topology } from './topology/topology.ts';

/**
 * Everything that a transport has open between its opening and its closing: two connections, because the
 * broker stops reading from one that publishes when it is short of memory or disk (pitfall N5).
 */
export class BrokerSession {
  readonly publisher: Publisher;
  readonly requests: RequestChannel;
  readonly #topology: Topology;
  readonly #context: AdapterContext;
  readonly #publishing: BrokerConnection;
  readonly #consuming: BrokerConnection;
  readonly #members: Members;
  readonly #deadLetters: DeadLetterReader;
  readonly #subscriptions = new Map<string, SubscriptionTopology>();
  readonly #readers = new Map<string, SubscriptionReader>();
  readonly #readersByQueue = new Map<string, SubscriptionReader>();
  #isConsuming = false;

  constructor(topology: Topology, context: AdapterContext) {
    this.#topology = topology;
    this.#context = context;
    const { clock, logger, service, ids } = context;
    const { settings } = topology;
    const common = { topology, clock, logger };
    const connection = (purpose: string): BrokerConnection =>
      new BrokerConnection({ settings, clock, logger, name: `${service} ${purpose}` });
    this.#publishing = connection('publishes');
    this.#consuming = connection('consumes');
    this.requests = new RequestChannel({ ...common, connection: this.#publishing });
    this.publisher = new Publisher({ ...common, connection: this.#publishing });
    this.#members = new Members({
      ...common,
      consuming: this.#consuming,
      publishing: this.#publishing,
      id: ids.next(),
    });
    this.#deadLetters = new DeadLetterReader({
      ...common,
      connection: this.#consuming,
      readers: this.#readersByQueue,
      isDeclared: (queue) => this.#subscriptionOf(queue) !== undefined,
      kindOf: (queue) => this.#subscriptionOf(queue)?.subscription.kind ?? 'event',
    });
  }

  /**
   * @throws {@link TransportUnavailableError} when there is no broker within the time to start
   * @throws {@link TopologyMismatchError} naming the queue or exchange and what differs
   */
  async declare(subscriptions: readonly TransportSubscription[]): Promise<void> {
    this.#publishing.open();
    const model = await this.#inTime(this.#publishing.model());
    const topologies = subscriptions.map((subscription) => this.#topology.of(subscription));
    for (const topology of topologies) await checkPartitions(model, topology);
    const channel = await model.createChannel();
    // Whatever it reports is what the operation under way rejects with.
    channel.on('error', () => {});
    try {
      await this.#declareOn(channel, topologies);
    } finally {
      await channel.close().catch(() => {});
    }
    await this.#inTime(Promise.all([this.publisher.open(), this.requests.open()]));
  }

  async subscribe(name: string, deliver: Deliver, options: ConsumeOptions): Promise<Consumer> {
    const subscription = this.#subscriptions.get(name);
    if (subscription === undefined) {
      throw new TransportUsageError(
        `Cannot consume "${name}": it is not declared. Call declare() with it first.`,
      );
    }
    const reader = this.#readers.get(name) ?? this.#newReader(name, subscription);
    await this.#openConsuming();
    return this.#inTime(reader.addConsumer(deliver, options));
  }

  /** @throws {@link TransportUnavailableError} saying what is the matter */
  async ping(): Promise<void> {
    const used = this.#isConsuming ? [this.#publishing, this.#consuming] : [this.#publishing];
    for (const connection of used) {
      if (!connection.isUp) throw new TransportUnavailableError(connection.lastError);
      if (connection.blocked !== undefined) {
        throw new TransportUnavailableError(`it takes no messages: ${connection.blocked}`);
      }
    }
  }

  async close(): Promise<void> {
    const readers = [...this.#readers.values()];
    await Promise.all([
      this.publisher.close(),
      this.requests.close(),
      this.#deadLetters.close(),
      this.#members.close(),
      ...readers.map((reader) => reader.close()),
    ]);
    await Promise.all([this.#publishing.close(), this.#consuming.close()]);
  }

  async #declareOn(channel: Channel, topologies: readonly SubscriptionTopology[]): Promise<void> {
    await declareExchanges(channel, this.#topology);
    await declareDeadQueue(channel, this.#topology);
    for (const topology of topologies) {
      await declareSubscription(channel, this.#topology, topology);
      this.#subscriptions.set(topology.subscription.name, topology);
    }
  }

  async #openConsuming(): Promise<void> {
    this.#isConsuming = true;
    this.#consuming.open();
    await this.#inTime(Promise.all([this.#members.open(), this.#deadLetters.open()]));
  }

  #newReader(name: string, subscription: SubscriptionTopology): SubscriptionReader {
    const { clock, logger } = this.#context;
    const reader = new SubscriptionReader({
      clock,
      logger,
      connection: this.#consuming,
      topology: this.#topology,
      subscription,
      requests: this.requests,
      members: this.#members,
    });
    this.#readers.set(name, reader);
    for (const queue of subscription.queues) this.#readersByQueue.set(queue.name, reader);
    this.#deadLetters.claim();
    return reader;
  }

  #subscriptionOf(queue: string): SubscriptionTopology | undefined {
    return [...this.#subscriptions.values()].find(({ queues }) =>
      queues.some(({ name }) => name === queue),
    );
  }

  async #inTime<T>(work: Promise<T>): Promise<T> {
    const { startTimeoutMs } = this.#topology.settings;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(this.#tooLate(startTimeoutMs)), startTimeoutMs);
    });
    try {
      return await Promise.race([work, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  #tooLate(timeoutMs: number): TransportUnavailableError {
    const connection = this.#publishing.isUp ? this.#consuming : this.#publishing;
    return new TransportUnavailableError(connection.lastError, {
      cause: new WaitTimeoutError('A connection to RabbitMQ', timeoutMs),
    });
  }
}
