import { OpenedSession } from '@tidings/core';
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
  readonly #opened = new OpenedSession<BrokerSession>();

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
    await this.#opened.open(
      () => new BrokerSession(this.#topology, this.#context),
      (session) => session.declare(subscriptions),
    );
  }

  async publish(messages: readonly OutgoingMessage[]): Promise<void> {
    await this.#opened.for('publish').publisher.publish(messages);
  }

  async request(command: Envelope, options: RequestOptions): Promise<Reply> {
    return this.#opened.for('request').requests.request(command, options);
  }

  async subscribe(
    subscription: string,
    deliver: Deliver,
    options: ConsumeOptions,
  ): Promise<Consumer> {
    return this.#opened.for('subscribe').subscribe(subscription, deliver, options);
  }

  async ping(): Promise<void> {
    await this.#opened.for('ping').ping();
  }

  async close(): Promise<void> {
    await this.#opened.close();
  }
}
