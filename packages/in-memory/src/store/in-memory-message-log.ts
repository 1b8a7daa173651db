import { CommitFailedError, LeaseLostError } from '@tidings/core';
import type { Envelope, LeaseGrant, LoggedMessage, MessageLog, Position } from '@tidings/core';

import type { InMemoryLeases } from './in-memory-leases.ts';

/** The log as an array: the index of a message is its place in the order of insertion. */
export class InMemoryMessageLog implements MessageLog {
  readonly #messages: Envelope[] = [];
  readonly #ids = new Set<string>();
  readonly #leases: InMemoryLeases;
  #head: Position = 0;

  constructor(leases: InMemoryLeases) {
    this.#leases = leases;
  }

  /** @throws CommitFailedError when a message id is in the log already, or twice among `messages` */
  refuseKnown(messages: readonly Envelope[]): void {
    const fresh = new Set<string>();
    for (const { id } of messages) {
      if (this.#ids.has(id) || fresh.has(id)) {
        throw new CommitFailedError(`the log already has a message ${JSON.stringify(id)}`);
      }
      if (messages.length > 1) fresh.add(id);
    }
  }

  /** Whether a message with this id is in the log. */
  has(messageId: string): boolean {
    return this.#ids.has(messageId);
  }

  append(messages: readonly Envelope[]): void {
    for (const message of messages) {
      // Handlers get this very object; none of them may change it for the others.
      this.#messages.push(Object.freeze(message));
      this.#ids.add(message.id);
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

  async head(): Promise<Position> {
    return this.#head;
  }

  async hasUnsequenced(): Promise<boolean> {
    return this.#messages.length > this.#head;
  }
}
