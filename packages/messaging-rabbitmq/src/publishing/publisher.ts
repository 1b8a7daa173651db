import { Fifo, Publication, type Clock, type Logger, type OutgoingMessage } from '@tidings/core';
import type { ConfirmChannel, Message } from 'amqplib';

import type { BrokerConnection } from '../connection/broker-connection.ts';
import { KeptChannel } from '../connection/kept-channel.ts';
import { propertiesOf } from '../envelope/encode.ts';
import type { Topology } from '../topology/topology.ts';
import { KeyOrder } from './key-order.ts';
import type { OutgoingEntry } from './outgoing-entry.ts';

export interface PublisherOptions {
  readonly connection: BrokerConnection;
  readonly topology: Topology;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How often it is looked whether the broker still confirms, within the time it has for that. */
const LOOKS_PER_TIMEOUT = 4;

/**
 * Publishes on one channel and counts a message as published only when the broker has confirmed it.
 * Confirms are pipelined, within a window of messages and bytes, because the driver itself never refuses
 * a message and would keep all of them in memory (pitfall N22). What is not confirmed when the channel
 * is lost, or for too long, was not published.
 */
export class Publisher {
  readonly #with: PublisherOptions;
  readonly #kept: KeptChannel<ConfirmChannel>;
  readonly #order = new KeyOrder();
  /** In the order they were published in; those that wait for their key are not among them. */
  #ready = new Fifo<OutgoingEntry>();
  readonly #onTheWay = new Map<OutgoingEntry, ConfirmChannel>();
  readonly #returned = new Set<string>();
  #bytes = 0;
  #lastProgress = 0;
  #watching = false;

  constructor(options: PublisherOptions) {
    this.#with = options;
    const { connection, clock, logger } = options;
    this.#kept = new KeptChannel<ConfirmChannel>({
      connection,
      clock,
      logger,
      purpose: 'publishes',
      create: (model) => model.createConfirmChannel(),
      // An exchange that is missing is not made here: the queues that were bound to it, whoever's they
      // are, would get nothing, and nobody would notice.
      setUp: async (channel) => {
        channel.on('return', (message: Message) => {
          this.#returned.add(String(message.properties.messageId));
        });
      },
      onReady: () => this.#pump(),
      onLost: (channel) => this.#lost(channel),
    });
  }

  /** Resolves when it can publish for the first time. */
  async open(): Promise<void> {
    await this.#kept.open();
  }

  publish(messages: readonly OutgoingMessage[]): Promise<void> {
    const publication = new Publication(messages.map(({ envelope }) => envelope.id));
    if (this.#outstanding === 0) this.#progress();
    for (const { envelope, republished } of messages) {
      if (this.#order.hasJustFailed(envelope.partitionkey)) {
        this.#fail(publication, 'an earlier message of its key was not taken');
        break;
      }
      const bytes = Buffer.from(envelope.body);
      const entry: OutgoingEntry = { envelope, republished, bytes, publication };
      if (this.#order.enter(entry)) this.#ready.push(entry);
    }
    this.#pump();
    if (!this.#watching) void this.#watch();
    return publication.done;
  }

  /** What is not confirmed counts as not published. */
  async close(): Promise<void> {
    this.#failAll('the transport was closed before it was confirmed');
    await this.#kept.close();
  }

  get #outstanding(): number {
    return this.#onTheWay.size + this.#ready.size;
  }

  #pump(): void {
    const { publishWindow, publishWindowBytes } = this.#with.topology.settings;
    for (;;) {
      const channel = this.#kept.channel;
      const hasRoom = this.#onTheWay.size < publishWindow && this.#bytes < publishWindowBytes;
      const entry = channel !== undefined && hasRoom ? this.#ready.shift() : undefined;
      if (channel === undefined || entry === undefined) return;
      this.#send(channel, entry);
    }
  }

  #send(channel: ConfirmChannel, entry: OutgoingEntry): void {
    const { envelope, republished, bytes, publication } = entry;
    const exchange = this.#with.topology.exchangeOf(envelope.kind);
    this.#onTheWay.set(entry, channel);
    this.#bytes += bytes.length;
    try {
      channel.publish(
        exchange,
        envelope.type,
        bytes,
        propertiesOf(envelope, republished),
        (error) => this.#answered(entry, error as Error | null),
      );
    } catch (error) {
      this.#ended(entry);
      const why = error instanceof Error ? error.message : String(error);
      // Headers that are too large are a matter of this message; anything else is one of the channel.
      if (error instanceof RangeError) this.#refuse(entry, 'refused', why);
      else this.#fail(publication, why, entry);
    }
  }

  #answered(entry: OutgoingEntry, error: Error | null): void {
    if (!this.#ended(entry)) return;
    const { envelope, publication } = entry;
    if (error !== null && error !== undefined) {
      this.#fail(publication, `the broker did not take it: ${error.message}`, entry);
    } else {
      this.#progress();
      if (this.#returned.delete(envelope.id)) {
        this.#refuse(entry, 'unroutable', `no queue takes "${envelope.type}"`);
      } else {
        publication.confirmed(envelope.id);
        this.#next(entry);
      }
    }
    this.#pump();
  }

  #refuse(entry: OutgoingEntry, kind: 'unroutable' | 'refused', why: string): void {
    entry.publication.refused({ messageId: entry.envelope.id, kind, why });
    this.#next(entry);
  }

  #next(entry: OutgoingEntry): void {
    const next = this.#order.done(entry);
    if (next !== undefined) this.#ready.push(next);
  }

  /**
   * Ends a call whose message `entry` was not taken: what it still has waiting is not sent, and nor is what
   * others have waiting behind that.
   */
  #fail(publication: Publication, why: string, entry?: OutgoingEntry): void {
    const behind = entry === undefined ? [] : this.#order.failed(entry);
    const failing = [publication, ...publicationsOf(behind)];
    for (const failed of failing) {
      if (failed.hasEnded) continue;
      failed.failed(why);
      for (const dropped of this.#takeReady(failed)) {
        failing.push(...publicationsOf(this.#order.failed(dropped)));
      }
      failing.push(...publicationsOf(this.#order.drop(failed)));
    }
  }

  #takeReady(publication: Publication): readonly OutgoingEntry[] {
    const taken: OutgoingEntry[] = [];
    const kept = new Fifo<OutgoingEntry>();
    for (const entry of this.#ready) {
      if (entry.publication === publication) taken.push(entry);
      else kept.push(entry);
    }
    this.#ready = kept;
    return taken;
  }

  #ended(entry: OutgoingEntry): boolean {
    if (!this.#onTheWay.delete(entry)) return false;
    this.#bytes -= entry.bytes.length;
    return true;
  }

  #lost(channel: ConfirmChannel): void {
    const lost = [...this.#onTheWay].filter(([, on]) => on === channel).map(([entry]) => entry);
    for (const entry of lost) {
      this.#ended(entry);
      this.#fail(entry.publication, 'the channel was lost before it was confirmed', entry);
    }
    this.#returned.clear();
  }

  #failAll(why: string): void {
    for (const entry of [...this.#onTheWay.keys(), ...this.#ready]) {
      this.#ended(entry);
      this.#fail(entry.publication, why, entry);
    }
  }

  #progress(): void {
    this.#lastProgress = this.#with.clock.monotonic();
  }

  /** Ends what waits for a broker that confirms nothing: one that is blocked, hangs or cannot be reached. */
  async #watch(): Promise<void> {
    const { clock, connection, topology, logger } = this.#with;
    const { confirmTimeoutMs } = topology.settings;
    this.#watching = true;
    while (this.#outstanding > 0) {
      await clock.sleep(confirmTimeoutMs / LOOKS_PER_TIMEOUT);
      const silent = clock.monotonic() - this.#lastProgress;
      if (silent < confirmTimeoutMs || this.#outstanding === 0) continue;
      const why = connection.isUp
        ? `the broker confirmed nothing for ${confirmTimeoutMs} ms${connection.blocked === undefined ? '' : `: it is blocked (${connection.blocked})`}`
        : `the broker cannot be reached: ${connection.lastError}`;
      logger.warn({ why, onTheWay: this.#onTheWay.size }, 'messages were not published');
      this.#failAll(why);
      this.#progress();
      // What the driver has still in its buffers goes with the connection.
      if (connection.isUp) await connection.reset(why);
    }
    this.#watching = false;
  }
}

function publicationsOf(entries: readonly OutgoingEntry[]): readonly Publication[] {
  return entries.map(({ publication }) => publication);
}
