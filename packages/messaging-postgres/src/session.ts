import { TransportUsageError } from '@tidings/core';
import type {
  AdapterContext,
  ConsumeOptions,
  Consumer,
  Deliver,
  TransportSubscription,
} from '@tidings/core';

import { Cleaner } from './consuming/cleaner.ts';
import { Membership } from './consuming/membership.ts';
import { Poller } from './consuming/poller.ts';
import { Settler } from './consuming/settler.ts';
import { SubscriptionReader } from './consuming/subscription-reader.ts';
import type { Database } from './database/database.ts';
import { isAnswer, reasonOf, sqlState } from './database/fault.ts';
import { endedOrLate } from './database/in-time.ts';
import { integer } from './database/statement.ts';
import { CommandTakenError, TransportUnavailableError } from './errors.ts';
import type { Settings } from './options.ts';
import type { Arrival } from './publishing/outgoing-batch.ts';
import { Publisher } from './publishing/publisher.ts';
import { Requests } from './requests/requests.ts';
import { migrate } from './schema/migrate.ts';
import type { Schema } from './schema/schema.ts';
import { Listener } from './waking/listener.ts';
import { newsIn } from './waking/news.ts';
import type { Patience } from './waking/patience.ts';
import { Teller } from './waking/teller.ts';

/** Where everything is told, it is looked for only because something could have been missed. In milliseconds. */
const TOLD_POLL_MS = 1000;
/** Where nothing is told, more often follows soon on something. In milliseconds. */
const FIRST_POLL_MS = 20;
/** How long closing waits for statements that are under way, in milliseconds. */
const CLOSE_PATIENCE_MS = 1000;
/** Raised by the function `declare` when another service carries out a command. */
const COMMAND_TAKEN = 'TD430';

export interface SessionOptions {
  readonly database: Database;
  readonly schema: Schema;
  readonly settings: Settings;
  readonly context: AdapterContext;
}

/** Everything that a transport has open between its opening and its closing. */
export class Session {
  readonly publisher: Publisher;
  readonly requests: Requests;
  readonly #with: SessionOptions;
  readonly #membership: Membership;
  readonly #settler: Settler;
  readonly #poller: Poller;
  readonly #teller: Teller;
  readonly #listener: Listener | undefined;
  readonly #subscriptions = new Map<string, TransportSubscription & { readonly id: number }>();
  readonly #readers = new Map<string, SubscriptionReader>();

  constructor(options: SessionOptions) {
    this.#with = options;
    const { database, schema, settings, context } = options;
    const { clock, logger } = context;
    const common = { database, schema, clock, logger };
    this.#settler = new Settler(common);
    const cleaner = new Cleaner({ ...common, settler: this.#settler });
    this.#membership = new Membership({
      ...common,
      leaseMs: settings.leaseMs,
      clean: () => cleaner.clean(),
      onChanged: (subscriptions) => this.#teller.changed(subscriptions),
      onRenewed: () => this.#poller.wake(),
    });
    const consumer = this.#membership.id;
    const own = `${schema.name}_${consumer.slice(0, 18).replaceAll('-', '')}`;
    const patience = (): Patience => this.#patience;
    this.#poller = new Poller({ ...common, consumer, lease: this.#membership, patience });
    this.#teller = new Teller({ database, schema, consumer });
    const onArrivals = (arrivals: readonly Arrival[]): void => this.#arrived(arrivals);
    // Sooner than the statement is given up: what waited for a lock is known not to have been done.
    const lockTimeoutMs = Math.ceil(settings.statementTimeoutMs / 2);
    this.publisher = new Publisher({ ...common, consumer, onArrivals, lockTimeoutMs });
    this.requests = new Requests({ ...common, consumer, own, onArrivals, patience, lockTimeoutMs });
    this.#listener =
      settings.listen && database.canListen
        ? new Listener({
            ...common,
            own,
            onNews: (payload) => this.#heard(payload),
            onOwn: () => this.requests.lookAgain(),
            onListening: () => this.#lookAgain(),
          })
        : undefined;
  }

  /**
   * @throws {@link CommandTakenError} naming the command and both services
   * @throws {@link TransportUnavailableError} saying what is the matter
   */
  async declare(subscriptions: readonly TransportSubscription[]): Promise<void> {
    const { database, schema, context } = this.#with;
    try {
      await migrate(database, schema);
      const rows = await database.run(
        schema.call('declare', context.service, JSON.stringify(subscriptions)),
      );
      for (const row of rows) {
        const subscription = subscriptions.find(({ name }) => name === row['name']);
        if (subscription === undefined) continue;
        this.#subscriptions.set(subscription.name, { ...subscription, id: integer(row['id']) });
      }
    } catch (error) {
      throw this.#declareError(error);
    }
    this.#listener?.start();
  }

  async subscribe(name: string, deliver: Deliver, options: ConsumeOptions): Promise<Consumer> {
    const subscription = this.#subscriptions.get(name);
    if (subscription === undefined) {
      throw new TransportUsageError(
        `Cannot consume "${name}": it is not declared. Call declare() with it first.`,
      );
    }
    let reader = this.#readers.get(name);
    if (reader === undefined) {
      reader = new SubscriptionReader({
        id: subscription.id,
        subscription,
        prefetch: this.#with.settings.prefetch,
        membership: this.#membership,
        settler: this.#settler,
        reply: (address, requestId, reply) => this.requests.reply(address, requestId, reply),
        onRoom: () => this.#poller.wake(),
      });
      this.#readers.set(name, reader);
      this.#poller.add(reader);
    }
    try {
      return await reader.addConsumer(deliver, options);
    } catch (error) {
      throw isAnswer(error) ? error : unavailable(error);
    }
  }

  /** @throws {@link TransportUnavailableError} saying what is the matter */
  async ping(): Promise<void> {
    const { database, schema } = this.#with;
    try {
      await database.run({ name: `${schema.name}.ping`, text: 'select 1', values: [] });
    } catch (error) {
      throw unavailable(error);
    }
  }

  async close(): Promise<void> {
    const { database } = this.#with;
    await Promise.all([
      this.publisher.close(),
      this.requests.close(),
      ...[...this.#readers.values()].map((reader) => reader.close()),
    ]);
    this.#settler.close();
    const loops = [
      this.#membership.close(),
      this.#poller.close(),
      this.#teller.idle(),
      this.#settler.flush(),
    ];
    await endedOrLate(Promise.all(loops), CLOSE_PATIENCE_MS);
    await this.#listener?.close();
    await database.close();
    // What the closing of the database has cut ends now.
    await Promise.all(loops);
  }

  get #patience(): Patience {
    const { settings, database } = this.#with;
    const { pollMs } = settings;
    // Whatever comes into an embedded database comes from this process.
    const isTold = database.isEmbedded || this.#listener?.isListening === true;
    const longestMs = isTold ? Math.max(TOLD_POLL_MS, pollMs) : pollMs;
    return { firstMs: isTold ? longestMs : Math.min(FIRST_POLL_MS, pollMs), longestMs };
  }

  /** Messages were published here. */
  #arrived(arrivals: readonly Arrival[]): void {
    for (const { subscription, partitions, shared } of arrivals) {
      this.#poller.arrived(subscription, partitions);
      if (shared) this.#teller.arrived(subscription, partitions);
    }
  }

  #heard(payload: string): void {
    const news = newsIn(payload, this.#membership.id);
    if (news?.kind === 'changed') this.#membership.look();
    if (news?.kind !== 'arrived') return;
    for (const { subscription, partitions } of news.arrivals) {
      this.#poller.arrived(subscription, partitions);
    }
  }

  /** What was told while nobody listened was not heard. */
  #lookAgain(): void {
    this.#poller.lookAgain();
    this.#membership.look();
    this.requests.lookAgain();
  }

  #declareError(error: unknown): unknown {
    if (sqlState(error) === COMMAND_TAKEN) {
      const { message, detail } = error as Error & { readonly detail?: string };
      const { service } = this.#with.context;
      return new CommandTakenError(message, service, detail ?? 'another one', { cause: error });
    }
    return isAnswer(error) ? error : unavailable(error);
  }
}

function unavailable(error: unknown): TransportUnavailableError {
  if (error instanceof TransportUnavailableError) return error;
  return new TransportUnavailableError(reasonOf(error), { cause: error });
}
