import { currentCall, OpenedSession, TransportUsageError } from '@tidings/core';
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
import type { Knex } from 'knex';

import type { Database } from './database/database.ts';
import { databaseOf } from './database/database-of.ts';
import type { Settings } from './options.ts';
import { Schema } from './schema/schema.ts';
import { Session } from './session.ts';

/** Carries messages in tables of a Postgres: a row for each message and subscription, until it is settled. */
export class PostgresTransport implements Transport {
  readonly capabilities: TransportCapabilities;
  readonly #settings: Settings;
  readonly #context: AdapterContext;
  readonly #schema: Schema;
  readonly #database: Database;
  readonly #opened = new OpenedSession<Session>();

  constructor(db: Knex, settings: Settings, context: AdapterContext) {
    this.#settings = settings;
    this.#context = context;
    this.#schema = new Schema(settings.schema);
    this.#database = databaseOf(db, settings);
    this.capabilities = Object.freeze({
      durable: true,
      shared: !this.#database.isEmbedded,
      ordered: true,
      publishWindow: settings.publishWindow,
    });
  }

  async declare(subscriptions: readonly TransportSubscription[]): Promise<void> {
    await this.#opened.open(
      () => this.#open(),
      (session) => session.declare(subscriptions),
    );
  }

  async publish(messages: readonly OutgoingMessage[]): Promise<void> {
    await this.#opened.for('publish').publisher.publish(messages);
  }

  async request(command: Envelope, options: RequestOptions): Promise<Reply> {
    const { requests } = this.#opened.for('request');
    const call = this.#database.isEmbedded ? currentCall() : undefined;
    if (call?.unit.state === 'open') {
      throw new TransportUsageError(
        `Cannot request ${command.type} in the handler of ${call.handler}: the one connection of PGlite belongs to that handler's unit of work. Send the command, or use a Postgres server.`,
      );
    }
    return requests.request(command, options);
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

  #open(): Session {
    this.#database.open();
    return new Session({
      database: this.#database,
      schema: this.#schema,
      settings: this.#settings,
      context: this.#context,
    });
  }
}
