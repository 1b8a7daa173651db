import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';

import { Backoff, WakeSignal, type Clock, type Logger } from '@tidings/core';

import type { Database } from '../database/database.ts';
import { arrayOf, integer } from '../database/statement.ts';
import type { Schema } from '../schema/schema.ts';
import type { Lease } from './lease.ts';
import type { Partition } from './partition.ts';
import { isIn, PARTITIONS, shareOf, sharesIn, type Share } from './share.ts';
import type { SubscriptionReader } from './subscription-reader.ts';

/** The lease is renewed this many times within the time it lasts. */
const BEATS_PER_LEASE = 4;
/** How often it is looked whether the lease is held again, in milliseconds. */
const LOOK_MS = 20;

export interface MembershipOptions {
  readonly database: Database;
  readonly schema: Schema;
  readonly leaseMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Called from time to time while something is consumed. */
  readonly clean: () => Promise<void>;
  /** The shares of others have changed. */
  readonly onChanged: (subscriptions: readonly number[]) => void;
  /** The lease is held again after it was not. */
  readonly onRenewed: () => void;
}

/**
 * This process among those that consume. Its lease is one row, which all that it has depends on; from the list
 * of those who are there each computes its share of the partitions, gives up what is too much, and takes what
 * is free. Whatever is believed here, a partition has one owner at a time: the database sees to that.
 */
export class Membership implements Lease {
  readonly id: string = randomUUID();
  readonly #with: MembershipOptions;
  readonly #process = `${hostname()}:${process.pid}:${performance.timeOrigin}`;
  readonly #readers = new Map<number, SubscriptionReader>();
  readonly #wake: WakeSignal;
  readonly #closed = new AbortController();
  /** One after the other: what is answered must not be older than what was done since. */
  #turn: Promise<unknown> = Promise.resolve();
  #running: Promise<void> | undefined;
  #trustedUntil = -Infinity;
  /** Where everybody's lease ran out, because the database was away, everybody gets the time to renew it. */
  #reapsFrom = -Infinity;
  #isShared = false;
  #leaving: (readonly [reader: SubscriptionReader, partition: Partition])[] = [];

  constructor(options: MembershipOptions) {
    this.#with = options;
    this.#wake = new WakeSignal(options.clock);
  }

  /** Whether other processes consume as well. */
  get isShared(): boolean {
    return this.#isShared;
  }

  get isHeld(): boolean {
    return this.#with.clock.monotonic() < this.#trustedUntil;
  }

  async untilHeld(signal: AbortSignal): Promise<void> {
    while (!this.isHeld && !signal.aborted) await this.#with.clock.sleep(LOOK_MS, signal);
  }

  /** The subscription is consumed here from now on. Resolves when it has its share of what is free. */
  async join(reader: SubscriptionReader): Promise<void> {
    if (this.#readers.get(reader.id) === reader) return;
    this.#readers.set(reader.id, reader);
    try {
      await this.#inTurn(() => this.#beat());
    } catch (error) {
      this.#readers.delete(reader.id);
      reader.lose([...reader.partitions.values()]);
      throw error;
    }
    if (this.#isShared) this.#with.onChanged([reader.id]);
    this.#running ??= this.#run();
  }

  /** The subscription is not consumed here any more; what it has is free then. */
  async leave(reader: SubscriptionReader): Promise<void> {
    const { database, schema, onChanged } = this.#with;
    if (!this.#readers.delete(reader.id)) return;
    await this.#inTurn(async () => {
      await this.#release(reader, [...reader.partitions.values()]);
      if (this.#readers.size > 0) return this.#beat();
      this.#trustedUntil = -Infinity;
      await database.run(schema.call('leave', this.id));
    });
    if (this.#isShared) onChanged([reader.id]);
  }

  /** Gives a partition up, of which nothing is in the hands of a handler. */
  async release(reader: SubscriptionReader, partition: Partition): Promise<void> {
    this.#leaving.push([reader, partition]);
    await this.#inTurn(async () => {
      // What several give up at the same time is told to the others once.
      const leaving = this.#leaving.splice(0);
      const readers = new Set(leaving.map(([of]) => of));
      for (const one of readers) {
        const partitions = leaving
          .filter(([of, part]) => of === one && one.partitions.get(part.number) === part)
          .map(([, part]) => part);
        await this.#release(one, partitions);
        one.lose(partitions);
      }
      if (leaving.length > 0) this.#with.onChanged([...readers].map(({ id }) => id));
    });
  }

  /** Others have come or gone. */
  look(): void {
    this.#wake.wake();
  }

  async close(): Promise<void> {
    this.#closed.abort();
    this.#wake.wake();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { leaseMs, logger } = this.#with;
    const { signal } = this.#closed;
    const backoff = new Backoff();
    let pause = leaseMs / BEATS_PER_LEASE;
    while (!signal.aborted) {
      await this.#wake.sleep(pause);
      if (signal.aborted || this.#readers.size === 0) continue;
      try {
        await this.#inTurn(() => this.#beat());
        await this.#with.clean();
        backoff.succeeded();
        pause = leaseMs / BEATS_PER_LEASE;
      } catch (error) {
        logger.warn({ error }, 'the lease of a consumer could not be renewed; tried again soon');
        pause = Math.min(backoff.next(), leaseMs / BEATS_PER_LEASE);
      }
    }
  }

  async #beat(): Promise<void> {
    const { database, schema, leaseMs, clock } = this.#with;
    const asked = clock.monotonic();
    const hadRunOut = asked >= this.#trustedUntil;
    if (hadRunOut && this.#trustedUntil !== -Infinity) this.#reapsFrom = asked + leaseMs;
    const [row] = await database.run(
      schema.call(
        'beat',
        this.id,
        this.#process,
        leaseMs,
        asked >= this.#reapsFrom,
        database.isEmbedded,
        arrayOf([...this.#readers.keys()]),
      ),
    );
    if (row?.['known'] !== true) this.#loseAll();
    this.#trustedUntil = asked + leaseMs;
    const shares = sharesIn(row?.['shares']);
    this.#isShared = shares.some(({ members }) => members > 1);
    if (hadRunOut) this.#with.onRenewed();
    for (const share of shares) await this.#take(share);
  }

  /** Brings what a reader has into line with what the database says, and with its share. */
  async #take(share: Share): Promise<void> {
    const { database, schema } = this.#with;
    const reader = this.#readers.get(share.subscription);
    if (reader === undefined) return;
    const had = [...reader.partitions.values()];
    reader.lose(had.filter(({ number }) => !isIn(share.owned, number)));
    // What was claimed, and the answer did not come.
    const unknown = PARTITIONS.filter(
      (number) => isIn(share.owned, number) && !reader.partitions.has(number),
    );
    if (unknown.length > 0) await this.#free(reader, unknown);
    const staying = [...reader.partitions.values()].filter(({ isLeaving }) => !isLeaving).length;
    const quota = shareOf(share);
    if (staying > quota) reader.giveUp(staying - quota);
    if (staying >= quota || share.free + unknown.length === 0) return;
    const claimed = await database.run(schema.call('claim', this.id, reader.id, quota - staying));
    for (const row of claimed) {
      reader.take(integer(row['partition']), {
        readTo: integer(row['read_to']),
        settledTo: integer(row['settled_to']),
      });
    }
  }

  /** Whoever has them next gets all that was read of them as redelivered. */
  async #free(reader: SubscriptionReader, numbers: readonly number[]): Promise<void> {
    const { database, schema } = this.#with;
    const unknown = `{${numbers.map(() => 'null').join(',')}}`;
    await database.run(
      schema.call('release', this.id, reader.id, arrayOf(numbers), unknown, unknown),
    );
  }

  async #release(reader: SubscriptionReader, partitions: readonly Partition[]): Promise<void> {
    if (partitions.length === 0) return;
    const { database, schema } = this.#with;
    const progress = partitions.map((partition) => partition.progress);
    await database.run(
      schema.call(
        'release',
        this.id,
        reader.id,
        arrayOf(partitions.map(({ number }) => number)),
        arrayOf(progress.map(({ readTo }) => readTo)),
        arrayOf(progress.map(({ settledTo }) => settledTo)),
      ),
    );
  }

  #loseAll(): void {
    for (const reader of this.#readers.values()) reader.lose([...reader.partitions.values()]);
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => {});
    return turn;
  }
}
