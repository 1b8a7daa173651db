import { Fifo, Publication, type Envelope, type Logger, type OutgoingMessage } from '@tidings/core';

import type { Database } from '../database/database.ts';
import { reasonOf } from '../database/fault.ts';
import { endedOrLate } from '../database/in-time.ts';
import type { Schema } from '../schema/schema.ts';
import {
  arrivalsIn,
  publishStatement,
  textOf,
  unroutableIn,
  type Arrival,
  type OutgoingEntry,
} from './outgoing-batch.ts';

export interface PublisherOptions {
  readonly database: Database;
  readonly schema: Schema;
  /** This process, as a consumer. */
  readonly consumer: string;
  readonly onArrivals: (arrivals: readonly Arrival[]) => void;
  /** How long those before it may hold up a batch, in milliseconds. */
  readonly lockTimeoutMs: number;
  readonly logger: Logger;
}

/** What one statement takes at most. More of it would not be faster, and would keep others waiting. */
const BATCH = { messages: 1000, characters: 4 * 1024 * 1024 };

const CLOSED = 'the transport was closed before it was taken';

/** How long closing waits for a statement that is under way, in milliseconds. */
const CLOSE_PATIENCE_MS = 1000;

/**
 * Publishes one batch after the other, each by one statement that takes all of it or nothing: what comes
 * meanwhile waits and is the next batch. So messages become visible in the order in which they were published,
 * and none overtakes one that was not taken: when a batch fails, so does all that waits behind it.
 */
export class Publisher {
  readonly #with: PublisherOptions;
  readonly #waiting = new Fifo<OutgoingEntry>();
  #running: Promise<void> | undefined;
  /** Keys of messages that were not taken just now, so that nobody who publishes can know it yet. */
  readonly #failedKeys = new Set<string>();
  #isClosed = false;

  constructor(options: PublisherOptions) {
    this.#with = options;
  }

  publish(messages: readonly OutgoingMessage[]): Promise<void> {
    const publication = new Publication(messages.map(({ envelope }) => envelope.id));
    if (messages.length === 0) return publication.done;
    if (this.#isClosed || messages.some(({ envelope }) => this.#hasJustFailed(envelope))) {
      publication.failed(this.#isClosed ? CLOSED : 'an earlier message of its key was not taken');
      return publication.done;
    }
    for (const message of messages) {
      this.#waiting.push({ ...message, publication, text: textOf(message.envelope) });
    }
    this.#running ??= this.#run();
    return publication.done;
  }

  /** What is not known to be taken counts as not published. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#fail([...this.#waiting], CLOSED);
    this.#waiting.clear();
    await endedOrLate(this.#running ?? Promise.resolve(), CLOSE_PATIENCE_MS);
  }

  async #run(): Promise<void> {
    while (this.#waiting.size > 0) await this.#publish(this.#nextBatch());
    this.#running = undefined;
  }

  async #publish(batch: readonly OutgoingEntry[]): Promise<void> {
    const { database, schema, consumer, lockTimeoutMs, onArrivals, logger } = this.#with;
    try {
      const rows = await database.run(publishStatement(schema, { consumer, lockTimeoutMs }, batch));
      const unroutable = unroutableIn(rows, batch);
      for (const entry of batch) {
        const { publication, envelope } = entry;
        if (!unroutable.has(entry)) publication.confirmed(envelope.id);
        else {
          const why = `no subscription takes "${envelope.type}"`;
          publication.refused({ messageId: envelope.id, kind: 'unroutable', why });
        }
      }
      onArrivals(arrivalsIn(rows));
    } catch (error) {
      const why = `the database did not take it (${reasonOf(error)})`;
      logger.warn({ error, messages: batch.length }, 'messages were not published');
      this.#fail([...batch, ...this.#waiting], why);
      this.#waiting.clear();
    }
  }

  #nextBatch(): readonly OutgoingEntry[] {
    const batch: OutgoingEntry[] = [];
    let characters = 0;
    while (batch.length < BATCH.messages && characters < BATCH.characters) {
      const entry = this.#waiting.shift();
      if (entry === undefined) break;
      batch.push(entry);
      characters += entry.text.length;
    }
    return batch;
  }

  #fail(entries: readonly OutgoingEntry[], why: string): void {
    for (const { publication, envelope } of entries) {
      publication.failed(why);
      if (envelope.partitionkey !== undefined) this.#failedKeys.add(envelope.partitionkey);
    }
    // Whoever publishes has heard of it by then.
    setImmediate(() => this.#failedKeys.clear());
  }

  #hasJustFailed({ partitionkey }: Envelope): boolean {
    return partitionkey !== undefined && this.#failedKeys.has(partitionkey);
  }
}
