import { crc32 } from 'node:zlib';

import type { Clock, Logger } from '@tidings/core';
import type { Channel, ConsumeMessage } from 'amqplib';

import type { BrokerConnection } from '../connection/broker-connection.ts';
import { KeptChannel } from '../connection/kept-channel.ts';
import type { Topology } from '../topology/topology.ts';

/** How often a process tells the others that it is there. In milliseconds, as all of these. */
const BEAT_MS = 1000;
/** A process that was not heard of for so long has died. Its queues have gone to others long before. */
const EXPIRY_MS = 5000;
/** Processes that start or end together cause one change, not many. */
const SETTLED_AFTER_MS = 2000;

export interface MembersOptions {
  /** Where the others are heard. */
  readonly consuming: BrokerConnection;
  /** Where the others are told: a connection that publishes may be kept from consuming. */
  readonly publishing: BrokerConnection;
  readonly topology: Topology;
  /** Unique among the processes. */
  readonly id: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Which processes of the service consume, so that each of them takes its share of the queues. Only about
 * shares: that one process at a time has a queue is seen to by the broker, whatever is known here.
 */
export class Members {
  readonly #with: MembersOptions;
  readonly #others = new Map<string, number>();
  readonly #hearing: KeptChannel<Channel>;
  readonly #telling: KeptChannel<Channel>;
  #beating: Promise<void> | undefined;
  readonly #closing = new AbortController();
  #changedAt: number;

  constructor(options: MembersOptions) {
    this.#with = options;
    const { consuming, publishing, topology, clock, logger } = options;
    this.#changedAt = clock.monotonic();
    const declare = (channel: Channel): Promise<unknown> =>
      channel.assertExchange(topology.members, 'fanout', { durable: false, autoDelete: true });
    this.#hearing = new KeptChannel<Channel>({
      connection: consuming,
      clock,
      logger,
      purpose: 'hears other processes',
      create: (model) => model.createChannel(),
      setUp: async (channel) => {
        await declare(channel);
        const { queue } = await channel.assertQueue('', { exclusive: true, autoDelete: true });
        await channel.bindQueue(queue, topology.members, '');
        await channel.consume(queue, (message) => this.#heard(message), { noAck: true });
      },
    });
    this.#telling = new KeptChannel<Channel>({
      connection: publishing,
      clock,
      logger,
      purpose: 'tells other processes',
      create: (model) => model.createChannel(),
      setUp: async (channel) => {
        await declare(channel);
      },
      onReady: () => this.#tell('here'),
    });
  }

  async open(): Promise<void> {
    await Promise.all([this.#hearing.open(), this.#telling.open()]);
    this.#beating ??= this.#beat();
  }

  /** Says goodbye, so that the others need not find out. */
  async close(): Promise<void> {
    this.#tell('gone');
    this.#closing.abort();
    await Promise.all([this.#hearing.close(), this.#telling.close(), this.#beating]);
  }

  /** Whether a queue is another process's share, and has been for a while. */
  isOthers(subscription: string, partition: number): boolean {
    this.#expire();
    if (this.#with.clock.monotonic() - this.#changedAt < SETTLED_AFTER_MS) return false;
    const members = [...this.#others.keys(), this.#with.id].toSorted();
    // Subscriptions begin with different members, so that those with one queue are shared as well.
    const index = (crc32(subscription) + partition) % members.length;
    return members[index] !== this.#with.id;
  }

  #heard(message: ConsumeMessage | null): void {
    if (message === null) {
      void this.#hearing.reset();
      return;
    }
    const id = String(message.properties.appId);
    if (id === this.#with.id) return;
    const { clock } = this.#with;
    if (message.properties.type === 'gone') {
      if (this.#others.delete(id)) this.#changedAt = clock.monotonic();
      return;
    }
    if (!this.#others.has(id)) {
      this.#changedAt = clock.monotonic();
      // Whoever is new need not wait for the next beat to know of this one.
      this.#tell('here');
    }
    this.#others.set(id, clock.monotonic());
  }

  #expire(): void {
    const now = this.#with.clock.monotonic();
    for (const [id, heardAt] of this.#others) {
      if (now - heardAt < EXPIRY_MS) continue;
      this.#others.delete(id);
      this.#changedAt = now;
    }
  }

  #tell(type: 'here' | 'gone'): void {
    // A broker that takes no messages would keep them in this process; then nobody is told, and all keep what they have.
    if (this.#with.publishing.blocked !== undefined) return;
    const { topology, id } = this.#with;
    try {
      this.#telling.channel?.publish(topology.members, '', Buffer.alloc(0), { appId: id, type });
    } catch {
      // The channel is being lost, and beats go on with the next one.
    }
  }

  async #beat(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      await this.#with.clock.sleep(BEAT_MS, signal);
      if (!signal.aborted) this.#tell('here');
    }
  }
}
