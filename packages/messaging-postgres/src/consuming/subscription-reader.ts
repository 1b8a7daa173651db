import { DeliveryQueue } from '@tidings/core';
import type {
  ConsumeOptions,
  Consumer,
  Deliver,
  Delivery,
  Reply,
  TransportSubscription,
} from '@tidings/core';

import { endedOrLate } from '../database/in-time.ts';
import { integer, textIn, type Row } from '../database/statement.ts';
import { decode } from './decode.ts';
import type { Membership } from './membership.ts';
import { Partition, type Progress } from './partition.ts';
import { PostgresMessage } from './postgres-message.ts';
import type { Settler } from './settler.ts';
import { isIn } from './share.ts';

export interface SubscriptionReaderOptions {
  readonly id: number;
  readonly subscription: TransportSubscription;
  readonly prefetch: number;
  readonly membership: Membership;
  readonly settler: Settler;
  readonly reply: (address: string, requestId: string, reply: Reply) => Promise<void>;
  /** There is room for more. */
  readonly onRoom: () => void;
}

/** How long what is to be told to the database may hold up the end of a consumer, each, in milliseconds. */
const LEAVE_PATIENCE_MS = 2000;

/** What is to be read of one partition. */
export interface Wanted {
  readonly reader: SubscriptionReader;
  readonly partition: Partition;
  readonly room: number;
}

/** The partitions of one subscription that this process has, and its consumers in this process. */
export class SubscriptionReader {
  readonly id: number;
  readonly #with: SubscriptionReaderOptions;
  readonly #deliveries: DeliveryQueue<PostgresMessage>;
  readonly #partitions = new Map<number, Partition>();
  #closing: Promise<void> | undefined;

  constructor(options: SubscriptionReaderOptions) {
    this.#with = options;
    this.id = options.id;
    this.#deliveries = new DeliveryQueue<PostgresMessage>({
      onDeserted: () => {
        this.#closing ??= this.#leave().finally(() => {
          this.#closing = undefined;
        });
      },
    });
  }

  /** How many characters are kept. */
  get size(): number {
    return [...this.#partitions.values()].reduce((sum, { size }) => sum + size, 0);
  }

  get partitions(): ReadonlyMap<number, Partition> {
    return this.#partitions;
  }

  /** Resolves when it has been asked for a share of the partitions; there may be none left. */
  async addConsumer(deliver: Deliver, { concurrency }: ConsumeOptions): Promise<Consumer> {
    await this.#closing;
    const { membership } = this.#with;
    const consumer = this.#deliveries.addConsumer(this.#whileHeld(deliver), concurrency);
    try {
      await membership.join(this);
    } catch (error) {
      await consumer.close();
      await this.#closing;
      throw error;
    }
    return {
      setConcurrency: (limit) => consumer.setConcurrency(limit),
      drain: async () => {
        await consumer.drain();
        await this.#closing;
      },
      close: async () => {
        await consumer.close();
        await this.#closing;
      },
    };
  }

  /** Closes all consumers. */
  async close(): Promise<void> {
    await this.#deliveries.close();
    await this.#closing;
  }

  /** What is worth reading now. */
  wanted({ onlyEmpty }: { onlyEmpty: boolean }): readonly Wanted[] {
    const prefetch = Math.max(this.#with.prefetch, this.#deliveries.concurrency);
    return [...this.#partitions.values()]
      .filter((partition) => !onlyEmpty || partition.isEmpty)
      .map((partition) => ({ reader: this, partition, room: partition.room(prefetch) }))
      .filter(({ room }) => room > 0);
  }

  /** Something may have come into these partitions. */
  lookAgain(partitions: number): void {
    for (const [number, partition] of this.#partitions) {
      if (isIn(partitions, number)) partition.lookAgain();
    }
  }

  /** Takes messages that were read of a partition, unless it was lost meanwhile; gives their size. */
  accept(partition: Partition, rows: readonly Row[]): number {
    if (this.#partitions.get(partition.number) !== partition || partition.isLeaving) return 0;
    let size = 0;
    for (const row of rows) {
      const message = this.#messageOf(partition, row);
      partition.keep(message);
      size += message.size;
      // Whoever sent a request that has expired does not wait any more.
      if (row['envelope'] === null) this.#settled(message);
      else this.#deliveries.push(message);
    }
    return size;
  }

  /** Hands out what was accepted. */
  pump(): void {
    this.#deliveries.pump();
  }

  take(number: number, progress: Progress): void {
    this.#partitions.set(number, new Partition(number, progress));
    this.#with.onRoom();
  }

  /** Somebody else may have the partitions: nothing of them is begun any more, and what is under way counts for nothing. */
  lose(partitions: readonly Partition[]): void {
    const lost = new Set(partitions);
    for (const partition of lost) {
      this.#partitions.delete(partition.number);
    }
    if (lost.size > 0) this.#deliveries.abandon(({ partition }) => lost.has(partition));
  }

  /** Begins to give up so many partitions, each as soon as what handlers have of it has ended. */
  giveUp(count: number): void {
    const leaving = [...this.#partitions.values()]
      .filter(({ isLeaving }) => !isLeaving)
      .slice(-count);
    for (const partition of leaving) void this.#giveUp(partition);
  }

  async #giveUp(partition: Partition): Promise<void> {
    const { membership, settler } = this.#with;
    partition.isLeaving = true;
    await this.#deliveries.release((message) => message.partition === partition);
    await settler.flush();
    await membership.release(this, partition);
  }

  /** The last consumer has gone: what is left is for other processes, or for whoever consumes here next. */
  async #leave(): Promise<void> {
    const { membership, settler } = this.#with;
    this.#deliveries.abandon(() => true);
    for (const partition of this.#partitions.values()) partition.isLeaving = true;
    await endedOrLate(settler.flush(), LEAVE_PATIENCE_MS);
    await endedOrLate(membership.leave(this), LEAVE_PATIENCE_MS);
    this.#partitions.clear();
  }

  /** Begins nothing while somebody else may have what is to be delivered. */
  #whileHeld(deliver: Deliver): Deliver {
    const { membership: lease } = this.#with;
    const whenHeld = async (delivery: Delivery): Promise<'settle' | 'retry'> => {
      await lease.untilHeld(delivery.signal);
      return delivery.signal.aborted ? 'retry' : deliver(delivery);
    };
    return (delivery) => (lease.isHeld ? deliver(delivery) : whenHeld(delivery));
  }

  #messageOf(partition: Partition, row: Row): PostgresMessage {
    const { subscription, reply } = this.#with;
    const seq = integer(row['seq']);
    const text = textIn(row['envelope']);
    const message = decode(text);
    const address = row['reply_to'];
    return new PostgresMessage(
      partition,
      seq,
      {
        message,
        redelivered: row['redelivered'] === true || partition.wasGivenBefore(seq),
        reply:
          typeof address === 'string' && subscription.kind === 'command' && 'id' in message
            ? (given) => reply(address, message.id, given)
            : undefined,
        size: text.length,
      },
      (settled) => this.#settled(settled),
    );
  }

  #settled(message: PostgresMessage): void {
    const { settler, onRoom } = this.#with;
    message.partition.settled(message);
    settler.add(this.id, message);
    onRoom();
  }
}
