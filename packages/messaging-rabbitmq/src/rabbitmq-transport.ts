import { TransportUsageError } from '@tidings/core';
import type {
  AdapterContext,
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

import { BrokerSession } from './broker-session.ts';
import type { Settings } from './options.ts';
import { Topology } from './topology/topology.ts';

/**
 * Carries messages over RabbitMQ: topic exchanges with the message type as routing key, a quorum queue or
 * several for each subscription.
 */
export class RabbitMqTransport implements Transport {
  readonly capabilities: TransportCapabilities;
  readonly #topology: Topology;
  readonly #context: AdapterContext;
  #session: BrokerSession | undefined;
  #closing: Promise<void> = Promise.resolve();

  constructor(settings: Settings, context: AdapterContext) {
    this.#topology = new Topology(context.service, settings);
    this.#context = context;
    this.capabilities = Object.freeze({
      durable: true,
      shared: true,
      ordered: true,
      publishWindow: settings.publishWindow,
    });
  }

  async declare(subscriptions: readonly TransportSubscription[]): Promise<void> {
    await this.#closing;
    this.#session ??= new BrokerSession(this.#topology, this.#context);
    try {
      await this.#session.declare(subscriptions);
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async publish(messages: readonly OutgoingMessage[]): Promise<void> {
    await this.#open('publish').publisher.publish(messages);
  }

  async request(command: Envelope, options: RequestOptions): Promise<Reply> {
    return this.#open('request').requests.request(command, options);
  }

  async subscribe(
    subscription: string,
    deliver: Deliver,
    options: ConsumeOptions,
  ): Promise<Consumer> {
    return this.#open('subscribe').subscribe(subscription, deliver, options);
  }

  async ping(): Promise<void> {
    await this.#open('ping').ping();
  }

  async close(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    if (session !== undefined) this.#closing = session.close();
    await this.#closing;
  }

  #open(operation: string): BrokerSession {
    if (this.#session === undefined) {
      throw new TransportUsageError(
        `Cannot ${operation}: the transport is closed. Call declare() first.`,
      );
    }
    return this.#session;
  }
}
