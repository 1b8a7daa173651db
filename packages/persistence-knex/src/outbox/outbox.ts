import {
  defaultMessageLimits,
  dueOf,
  encodeMessage,
  refuseDue,
  systemClock,
  UuidV7Generator,
  type Clock,
  type Due,
  type Envelope,
  type IdGenerator,
  type MessageLimits,
  type PublicationOptions,
  type SendOptions,
} from '@tidings/core';
import type { Command, Event, Message } from '@tidings/domain';
import type { Knex } from 'knex';

import { COLUMNS } from '../log/insert-messages.ts';
import { Schema } from '../connection/schema.ts';

export interface OutboxOptions {
  /** Name of the service, the source of the messages. */
  readonly service: string;
  /** The schema of the tables. Default `tidings`. */
  readonly schema?: string;
  readonly clock?: Clock;
  readonly ids?: IdGenerator;
  readonly limits?: MessageLimits;
}

export interface EnlistedOptions extends SendOptions {
  /** Default: a new one for each message. */
  readonly correlationId?: string;
}

/** Messages that are stored by a transaction of yours, and delivered if and when it commits. */
export interface EnlistedOutbox {
  /**
   * Resolves with the message's id, by which one with a due time can be cancelled.
   *
   * @throws {@link ValidationError} with every fault of the data
   * @throws {@link InvalidOptionsError} for a due time that cannot be
   */
  send(command: Command, options?: EnlistedOptions): Promise<string>;
  /**
   * @throws {@link ValidationError} with every fault of the data
   * @throws {@link InvalidOptionsError} for an intent or a due time, which an event cannot have
   */
  publish(event: Event, options?: PublicationOptions): Promise<void>;
}

/**
 * The smallest way to use Tidings: you own the transaction, and write messages in it. A running
 * application on the same schema delivers them after the commit, within the interval at which its
 * relay looks. Its tables must exist: start an application once, or call `migrateTidings`.
 *
 * Pattern: transactional outbox (*Microservices Patterns*, Richardson, ch. 3).
 *
 * @example
 * const outbox = createOutbox({ service: 'shop' });
 * await db.transaction(async (trx) => {
 *   await trx('orders').insert({ id: 'o1' });
 *   await outbox.enlist(trx).publish(OrderPlaced({ id: 'o1' }));
 * });
 */
export function createOutbox(options: OutboxOptions): {
  readonly enlist: (trx: Knex.Transaction) => EnlistedOutbox;
} {
  const clock = options.clock ?? systemClock;
  const ids = options.ids ?? new UuidV7Generator(clock);
  const schema = new Schema(options.schema ?? 'tidings');
  const limits = options.limits ?? defaultMessageLimits;
  const encode = async (message: Message, sent: EnlistedOptions): Promise<Envelope> => {
    const origin = {
      id: ids.next(),
      source: options.service,
      time: new Date(clock.now()).toISOString(),
      correlationid: sent.correlationId ?? ids.next(),
      intentid: sent.intent,
      partitionkey: sent.partitionKey,
    };
    return encodeMessage(message, origin, limits);
  };
  const store = async (
    trx: Knex.Transaction,
    message: Message,
    sent: EnlistedOptions,
    due?: Due,
  ): Promise<string> => {
    const envelope = await encode(message, sent);
    const row = Object.fromEntries(COLUMNS.map(([name]) => [name, envelope[name] ?? null]));
    const tables = trx.withSchema(schema.name);
    await (due === undefined
      ? tables.insert(row).into('messages')
      : tables.insert({ ...row, due_at: dueAt(trx, due) }).into('scheduled_messages'));
    return envelope.id;
  };
  return {
    enlist: (trx) => ({
      async send(command, sent = {}) {
        return store(trx, command, sent, dueOf(`send ${command.type}`, sent, clock.now()));
      },
      async publish(event, sent = {}) {
        refuseDue(`publish ${event.type}`, sent);
        await store(trx, event, sent);
      },
    }),
  };
}

/** A due time by the database's clock. */
function dueAt(trx: Knex.Transaction, due: Due): Knex.Raw {
  return 'at' in due
    ? trx.raw('?::timestamptz', [due.at])
    : trx.raw("statement_timestamp() + ?::double precision * interval '1 millisecond'", [due.inMs]);
}
