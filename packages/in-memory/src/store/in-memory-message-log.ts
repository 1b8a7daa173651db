import { CommitFailedError, LeaseLostError } from '@tidings/core';
import type {
  Envelope,
  LeaseGrant,
  LoggedMessage,
  LogPage,
  MessageLog,
  Position,
} from '@tidings/core';

import type { InMemoryLeases } from './in-memory-leases.ts';

/** One scan looks at so many messages: others get their turn in between. */
const SCAN = 1000;

/** The log as an array: the index of a message is its place in the order of insertion. */
export class InMemoryMessageLog implements MessageLog {
  readonly #messages: Envelope[] = [];
  /** The place of each message in the order of insertion, from 1. */
  readonly #places = new Map<string, Position>();
  readonly #leases: InMemoryLeases;
  #head: Position = 0;

  constructor(leases: InMemoryLeases) {
    this.#leases = leases;
  }

  /** @throws CommitFailedError when a message id is in the log already, or twice among `messages` */
  refuseKnown(messages: readonly Envelope[]): void {
    const fresh = new Set<string>();
    for (const { id } of messages) {
      if (this.#places.has(id) || fresh.has(id)) {
        throw new CommitFailedError(`the log already has a message ${JSON.stringify(id)}`);
      }
      if (messages.length > 1) fresh.add(id);
    }
  }

  /** Whether a message with this id is in the log. */
  has(messageId: string): boolean {
    return this.#places.has(messageId);
  }

  append(messages: readonly Envelope[]): void {
    for (const message of messages) {
      // Handlers get this very object; none of them may change it for the others.
      this.#messages.push(Object.freeze(message));
      this.#places.set(message.id, this.#messages.length);
    }
  }

  async sequence(lease: LeaseGrant, limit: number): Promise<number> {
    if (!this.#leases.isCurrent(lease)) throw new LeaseLostError(lease.name, lease.epoch);
    const assigned = Math.min(limit, this.#messages.length - this.#head);
    this.#head += assigned;
    return assigned;
  }

  async read(after: Position, limit: number): Promise<readonly LoggedMessage[]> {
    return this.#messages
      .slice(after, Math.min(after + limit, this.#head))
      .map((envelope, index) => ({ position: after + index + 1, envelope }));
  }

  async scan(types: readonly string[], after: Position, limit: number): Promise<LogPage> {
    const messages: LoggedMessage[] = [];
    const end = Math.min(this.#head, after + SCAN);
    for (let position = after + 1; position <= end; position += 1) {
      const envelope = this.#messages[position - 1];
      if (envelope === undefined || !types.includes(envelope.type)) continue;
      messages.push({ position, envelope });
      if (messages.length === limit) return { messages, upTo: position };
    }
    return { messages, upTo: Math.max(after, end) };
  }

  /** Those of these types after a position, up to `end`; without it also those that have no position yet. */
  of(types: readonly string[], after: Position, end?: Position): readonly Envelope[] {
    return this.#messages.slice(after, end).filter(({ type }) => types.includes(type));
  }

  /** A message's position, also where it has not got it yet. */
  placeOf(messageId: string): Position | undefined {
    return this.#places.get(messageId);
  }

  /** The last position assigned. */
  get sequenced(): Position {
    return this.#head;
  }

  async head(): Promise<Position> {
    return this.#head;
  }

  async hasUnsequenced(): Promise<boolean> {
    return this.#messages.length > this.#head;
  }
}
