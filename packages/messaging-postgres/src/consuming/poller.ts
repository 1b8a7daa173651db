import { Backoff, WakeSignal, type Clock, type Logger } from '@tidings/core';

import type { Database } from '../database/database.ts';
import { arrayOf, integer, type Row } from '../database/statement.ts';
import type { Schema } from '../schema/schema.ts';
import type { Patience } from '../waking/patience.ts';
import type { Lease } from './lease.ts';
import { ALL_PARTITIONS } from './share.ts';
import type { SubscriptionReader, Wanted } from './subscription-reader.ts';

/** What one statement reads at most: larger answers would hold up all else in the process. */
const BATCH = { messages: 1000, bytesOfPartition: 1024 * 1024 };
/** So many characters in memory are enough; beyond it only partitions are read of which nothing is kept. */
const MOST_CHARACTERS = 32 * 1024 * 1024;

export interface PollerOptions {
  readonly database: Database;
  readonly schema: Schema;
  /** This process, as a consumer. */
  readonly consumer: string;
  readonly lease: Lease;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How long to wait, after something has come, until it is looked for more without anybody telling. */
  readonly patience: () => Patience;
}

/**
 * Reads what has come into the partitions that this process has, all subscriptions together in one statement,
 * as long as there is room for it. News only wakes it: it looks in any case from time to time.
 */
export class Poller {
  readonly #with: PollerOptions;
  readonly #readers = new Map<number, SubscriptionReader>();
  readonly #wake: WakeSignal;
  readonly #closed = new AbortController();
  #running: Promise<void> | undefined;

  constructor(options: PollerOptions) {
    this.#with = options;
    this.#wake = new WakeSignal(options.clock);
  }

  add(reader: SubscriptionReader): void {
    this.#readers.set(reader.id, reader);
    this.#running ??= this.#run();
  }

  /** Something came into partitions, given as bits, of a subscription. */
  arrived(subscription: number, partitions: number): void {
    const reader = this.#readers.get(subscription);
    if (reader === undefined) return;
    reader.lookAgain(partitions);
    this.#wake.wake();
  }

  /** Something may have come anywhere. */
  lookAgain(): void {
    for (const reader of this.#readers.values()) reader.lookAgain(ALL_PARTITIONS);
    this.#wake.wake();
  }

  /** There may be more to read than before. */
  wake(): void {
    this.#wake.wake();
  }

  async close(): Promise<void> {
    this.#closed.abort();
    this.#wake.wake();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { clock, lease, logger, patience } = this.#with;
    const { signal } = this.#closed;
    const backoff = new Backoff();
    let pause = patience().firstMs;
    let nextLook = clock.monotonic() + pause;
    while (!signal.aborted) {
      if (clock.monotonic() >= nextLook) {
        for (const reader of this.#readers.values()) reader.lookAgain(ALL_PARTITIONS);
        pause = Math.min(patience().longestMs, pause * 2);
        nextLook = clock.monotonic() + pause;
      }
      const wanted = lease.isHeld ? this.#wanted() : [];
      if (wanted.length === 0) {
        await this.#wake.sleep(nextLook - clock.monotonic());
        continue;
      }
      try {
        if (await this.#read(wanted)) {
          pause = patience().firstMs;
          nextLook = clock.monotonic() + pause;
        }
        backoff.succeeded();
      } catch (error) {
        for (const { partition } of wanted) partition.lookAgain();
        if (signal.aborted) return;
        logger.warn({ error }, 'messages could not be read; tried again soon');
        await clock.sleep(backoff.next(), signal);
      }
    }
  }

  #wanted(): readonly Wanted[] {
    const readers = [...this.#readers.values()];
    const isFull = readers.reduce((sum, { size }) => sum + size, 0) > MOST_CHARACTERS;
    return readers.flatMap((reader) => reader.wanted({ onlyEmpty: isFull }));
  }

  /** Whether something was found. */
  async #read(wanted: readonly Wanted[]): Promise<boolean> {
    const { database, schema, consumer } = this.#with;
    const most = Math.ceil(BATCH.messages / wanted.length);
    const asked = wanted.map((one) => ({ ...one, room: Math.min(one.room, most) }));
    for (const { partition } of asked) partition.beginReading();
    const rows = await database.run(
      schema.call(
        'read',
        consumer,
        BATCH.bytesOfPartition,
        arrayOf(asked.map(({ reader }) => reader.id)),
        arrayOf(asked.map(({ partition }) => partition.number)),
        arrayOf(asked.map(({ partition }) => partition.after)),
        arrayOf(asked.map(({ partition }) => partition.settledTo)),
        arrayOf(asked.map(({ room }) => room)),
      ),
    );
    const found = byPartition(rows);
    for (const { reader, partition, room } of asked) {
      const messages = found.get(reader.id)?.get(partition.number) ?? [];
      const read = reader.accept(partition, messages);
      // A character takes up to three bytes.
      if (messages.length === room || 3 * read >= BATCH.bytesOfPartition) partition.lookAgain();
    }
    for (const { reader } of asked) reader.pump();
    return rows.length > 0;
  }
}

/** Rows by subscription and partition, each in order. */
function byPartition(
  rows: readonly Row[],
): ReadonlyMap<number, ReadonlyMap<number, readonly Row[]>> {
  const subscriptions = new Map<number, Map<number, Row[]>>();
  for (const row of rows) {
    const subscription = integer(row['subscription']);
    const partition = integer(row['partition']);
    const partitions = subscriptions.get(subscription) ?? new Map<number, Row[]>();
    const messages = partitions.get(partition) ?? [];
    messages.push(row);
    subscriptions.set(subscription, partitions.set(partition, messages));
  }
  return subscriptions;
}
