import type { Envelope } from '../envelope/envelope.ts';

/** A delivery to be kept by the store instead of the transport. */
export interface DeliveryToHold {
  readonly subscription: string;
  readonly envelope: Envelope;
  /** The partition key, or the message id where it has none. */
  readonly key: string;
  /** How many attempts have been made. */
  readonly attempts: number;
  /** In how many milliseconds, by the store's clock, it may be tried (again). */
  readonly dueIn: number;
  /** Why the last attempt failed. */
  readonly error?: string;
}

/** The right to try a held delivery: as long as it lasts nobody else tries it. */
export interface HeldClaim {
  readonly heldId: string;
  readonly subscription: string;
  readonly key: string;
  /** Fences: a claim that has expired and was given to somebody else does not match. */
  readonly token: string;
}

export interface ClaimedDelivery {
  readonly claim: HeldClaim;
  readonly envelope: Envelope;
  /** How many attempts have been made, with the one that this claim is for. */
  readonly attempts: number;
}

/** A key of one subscription. */
export interface KeyOfSubscription {
  readonly subscription: string;
  readonly key: string;
}

/** A held key as operators see it. */
export interface HeldKey {
  readonly subscription: string;
  readonly key: string;
  /** `blocked`: its head is a dead letter and the key waits until that is replayed or discarded. */
  readonly state: 'due' | 'blocked';
  /** How many deliveries wait, its head included. */
  readonly depth: number;
  /** When the head may be tried, ISO 8601 by the store's clock. */
  readonly dueAt: string;
}

export interface HeldQuery {
  readonly subscription?: string;
  readonly state?: 'due' | 'blocked';
  /** At most this many. Default 100, at most 1000. */
  readonly limit?: number;
}

/**
 * Deliveries that wait in the store: those to be tried again later, and those of the same key behind
 * them, so that order per key lasts through retries, restarts and across processes. The transport
 * is done with them.
 */
export interface HeldDeliveries {
  /**
   * Takes a delivery over. A delivery whose key is held goes to the end of its key, whatever `dueIn`
   * says; otherwise it starts to hold its key. Does not wait for a unit that applies the key's head.
   *
   * @returns `duplicate` when the delivery was applied, is held or is a dead letter already;
   * `conflict` when another message with its id, known by its fingerprint, was or is
   */
  hold(delivery: DeliveryToHold): Promise<'held' | 'duplicate' | 'conflict'>;
  /**
   * Claims up to `limit` deliveries that are due, each the head of its key, for `leaseMs`
   * milliseconds, and counts the attempt before it is made: one that kills the process is counted.
   *
   * @param except keys that are left to others
   */
  claim(
    subscriptions: readonly string[],
    limit: number,
    leaseMs: number,
    except?: readonly KeyOfSubscription[],
  ): Promise<readonly ClaimedDelivery[]>;
  /**
   * Extends claims by `leaseMs` from now, as long as they have not been given to somebody else. Does
   * not wait for the units that apply them.
   */
  renew(claims: readonly HeldClaim[], leaseMs: number): Promise<void>;
  /**
   * Gives a claim back: the delivery may be tried again in `dueIn` milliseconds.
   *
   * @param attempts replaces the count, where the attempt that was counted was not made
   */
  release(claim: HeldClaim, dueIn: number, error?: string, attempts?: number): Promise<void>;
  /** Held keys, the longest due first. */
  list(query: HeldQuery): Promise<readonly HeldKey[]>;
  /**
   * How many deliveries of these subscriptions wait in keys that are not blocked, and in how many
   * milliseconds the first may be tried (0 or less when it may now, absent when none waits).
   */
  waiting(subscriptions: readonly string[]): Promise<{ count: number; nextDueIn?: number }>;
}
