import { Backoff, PublishError, WaitTimeoutError, WakeSignal } from '@tidings/core';
import type { Clock, Envelope, Logger, Reply, RequestOptions } from '@tidings/core';

import type { Database } from '../database/database.ts';
import { isAnswer, reasonOf } from '../database/fault.ts';
import { arrayOf, integer, textIn, type Row } from '../database/statement.ts';
import { TransportUnavailableError } from '../errors.ts';
import {
  arrivalsIn,
  bucketOf,
  textOf,
  typeOf,
  type Arrival,
} from '../publishing/outgoing-batch.ts';
import type { Schema } from '../schema/schema.ts';
import type { Patience } from '../waking/patience.ts';
import { contentOf, replyIn } from './reply-codec.ts';

/** How long a reply is tried to be kept that cannot be at once; it holds up one place of the consumer meanwhile. In milliseconds. */
const REPLY_WITHIN_MS = 5000;

export interface RequestsOptions {
  readonly database: Database;
  readonly schema: Schema;
  /** This process, as a consumer. */
  readonly consumer: string;
  /** The channel of this process: where its replies go. */
  readonly own: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onArrivals: (arrivals: readonly Arrival[]) => void;
  /** How long publishers may hold up a request, in milliseconds. */
  readonly lockTimeoutMs: number;
  /** How long to wait until replies are looked for without anybody telling. */
  readonly patience: () => Patience;
}

interface Pending {
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: unknown) => void;
}

/** Sends requests and takes their replies, and sends replies to the requests of others. */
export class Requests {
  readonly #with: RequestsOptions;
  readonly #pending = new Map<string, Pending>();
  readonly #wake: WakeSignal;
  readonly #closed = new AbortController();
  #running: Promise<void> | undefined;

  constructor(options: RequestsOptions) {
    this.#with = options;
    this.#wake = new WakeSignal(options.clock);
  }

  request(command: Envelope, { timeoutMs, signal }: RequestOptions): Promise<Reply> {
    return new Promise((resolve, reject) => {
      let row: Row | undefined;
      let hasEnded = false;
      const end = (): void => {
        hasEnded = true;
        this.#pending.delete(command.id);
        clearTimeout(timer);
        signal?.removeEventListener('abort', abort);
      };
      const fail = (error: unknown): void => {
        end();
        if (row !== undefined) void this.#withdraw(row);
        reject(error);
      };
      const abort = (): void => fail(signal?.reason);
      const timer = setTimeout(() => fail(noReply(command, timeoutMs)), timeoutMs);
      if (signal?.aborted === true) return abort();
      signal?.addEventListener('abort', abort, { once: true });
      const succeed = (reply: Reply): void => {
        end();
        resolve(reply);
      };
      this.#pending.set(command.id, { resolve: succeed, reject: fail });
      this.#running ??= this.#run();
      const sent = (place: Row): void => {
        row = place;
        if (hasEnded) void this.#withdraw(place);
      };
      const unsent = (error: unknown): void => {
        if (!hasEnded) fail(error);
      };
      this.#send(command, timeoutMs).then(sent, unsent);
    });
  }

  /** Answers a request, as soon as the database takes it; nothing happens where its sender has gone. */
  async reply(address: string, requestId: string, reply: Reply): Promise<void> {
    const { database, schema, own, clock, logger } = this.#with;
    if (address === own) {
      this.#pending.get(requestId)?.resolve(reply);
      return;
    }
    const backoff = new Backoff();
    const until = clock.monotonic() + REPLY_WITHIN_MS;
    const statement = schema.call('reply', requestId, address, reply.ok, contentOf(reply));
    for (;;) {
      try {
        await database.run(statement);
        return;
      } catch (error) {
        if (isAnswer(error) || this.#closed.signal.aborted || clock.monotonic() > until) {
          logger.warn({ error, requestId }, 'a request could not be answered');
          return;
        }
        await clock.sleep(backoff.next(), this.#closed.signal);
      }
    }
  }

  /** Replies may have come. */
  lookAgain(): void {
    this.#wake.wake();
  }

  async close(): Promise<void> {
    this.#closed.abort();
    for (const [id, { reject }] of this.#pending) reject(lostReply(id));
    this.#wake.wake();
    await this.#running;
  }

  async #send(command: Envelope, timeoutMs: number): Promise<Row> {
    const { database, schema, consumer, own, lockTimeoutMs, onArrivals } = this.#with;
    let rows: readonly Row[];
    try {
      rows = await database.run(
        schema.call(
          'request',
          consumer,
          lockTimeoutMs,
          typeOf(command),
          bucketOf(command),
          textOf(command),
          own,
          timeoutMs,
        ),
      );
    } catch (error) {
      const isUnsent = isAnswer(error) || error instanceof TransportUnavailableError;
      throw isUnsent ? notSent(command, 'unconfirmed', reasonOf(error)) : lostReply(command.id);
    }
    const [row] = rows;
    if (row === undefined) {
      throw notSent(command, 'unroutable', `no subscription takes "${command.type}"`);
    }
    onArrivals(arrivalsIn(rows));
    return row;
  }

  /** Takes back a request that nobody waits for any more. Where that fails it expires. */
  async #withdraw(row: Row): Promise<void> {
    const { database, schema } = this.#with;
    const place = ['subscription', 'partition', 'seq'].map((name) => arrayOf([integer(row[name])]));
    await database.run(schema.call('settle', ...place)).catch(() => {});
  }

  /** Looks for replies as long as somebody waits for one. */
  async #run(): Promise<void> {
    const { database, schema, own, clock, logger, patience } = this.#with;
    const { signal } = this.#closed;
    const backoff = new Backoff();
    let pause = patience().firstMs;
    while (this.#pending.size > 0 && !signal.aborted) {
      await this.#wake.sleep(pause);
      if (this.#pending.size === 0 || signal.aborted) break;
      try {
        const rows = await database.run(schema.call('take_replies', own));
        for (const row of rows) this.#pending.get(textIn(row['request']))?.resolve(replyIn(row));
        const { firstMs, longestMs } = patience();
        pause = rows.length > 0 ? firstMs : Math.min(longestMs, pause * 2);
        backoff.succeeded();
      } catch (error) {
        logger.warn({ error }, 'replies could not be looked for; tried again soon');
        await clock.sleep(backoff.next(), signal);
      }
    }
    this.#running = undefined;
  }
}

function notSent({ id }: Envelope, kind: 'unroutable' | 'unconfirmed', why: string): PublishError {
  return new PublishError([{ messageId: id, kind, why }]);
}

/** Whether the database had it, and whether it was carried out, nobody can tell. */
function lostReply(id: string): WaitTimeoutError {
  return new WaitTimeoutError(`The reply to the request ${id}, whose connection was lost,`, 0);
}

function noReply({ type }: Envelope, timeoutMs: number): WaitTimeoutError {
  return new WaitTimeoutError(`The reply to ${type}`, timeoutMs, { type });
}
