import type { Clock, Inbox, StoredOutcome } from '@tidings/core';

import { deliveryKey } from './delivery-key.ts';

interface Applied {
  readonly fingerprint: number;
  readonly at: number;
}

interface Carried {
  readonly outcome: StoredOutcome;
  readonly at: number;
}

/**
 * Deliveries and intents that were dealt with, each with the moment by the monotonic clock. Maps keep
 * the order of insertion, which is that of time: the oldest come first.
 */
export class InMemoryInbox implements Inbox {
  readonly #applied = new Map<string, Applied>();
  readonly #parked = new Map<string, number>();
  readonly #intents = new Map<string, Carried>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether the delivery was applied, or is a dead letter. */
  has(subscription: string, messageId: string): boolean {
    return this.fingerprint(subscription, messageId) !== undefined;
  }

  /** The fingerprint of the message that was applied, or is a dead letter. */
  fingerprint(subscription: string, messageId: string): number | undefined {
    const key = deliveryKey(subscription, messageId);
    return this.#applied.get(key)?.fingerprint ?? this.#parked.get(key);
  }

  add(subscription: string, messageId: string, fingerprint: number): void {
    const at = this.#clock.monotonic();
    this.#applied.set(deliveryKey(subscription, messageId), { fingerprint, at });
  }

  /** The delivery became a dead letter: it counts as dealt with, however old it gets. */
  park(subscription: string, messageId: string, fingerprint: number): void {
    this.#parked.set(deliveryKey(subscription, messageId), fingerprint);
  }

  /** The dead letter is to be applied after all. */
  unpark(subscription: string, messageId: string): void {
    this.#parked.delete(deliveryKey(subscription, messageId));
  }

  outcome(intentId: string): StoredOutcome | undefined {
    return this.#intents.get(intentId)?.outcome;
  }

  addOutcome(intentId: string, outcome: StoredOutcome): void {
    this.#intents.set(intentId, { outcome, at: this.#clock.monotonic() });
  }

  async applied(subscription: string, messageIds: readonly string[]): Promise<readonly string[]> {
    return messageIds.filter((messageId) => this.has(subscription, messageId));
  }

  async clean(olderThanMs: number, limit: number): Promise<number> {
    const before = this.#clock.monotonic() - olderThanMs;
    let cleaned = 0;
    for (const [key, { at }] of this.#applied) {
      if (at >= before || cleaned === limit) break;
      this.#applied.delete(key);
      cleaned += 1;
    }
    for (const [id, { at }] of this.#intents) {
      if (at >= before || cleaned === limit) break;
      this.#intents.delete(id);
      cleaned += 1;
    }
    return cleaned;
  }
}
