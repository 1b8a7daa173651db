import type { Envelope } from '../envelope/envelope.ts';
import type { HeldClaim } from './held-deliveries.ts';

/** A delivery that used up its retries, or a message that could not be understood. */
export interface DeadLetterToPark {
  readonly id: string;
  /** The subscription that failed, or the part that could not pass the message on, as `relay`. */
  readonly subscription: string;
  /** Why, as a short stable word, for example `retries-exhausted` or `schema`. */
  readonly reason: string;
  /** The error's text. It is cleaned of control characters and cut to what the store takes. */
  readonly error: string;
  readonly attempts: number;
  /** Absent where none could be read. In place of what the claim is for, where it is another. */
  readonly envelope?: Envelope;
  /** The original bytes, where there is no envelope. */
  readonly bytes?: Uint8Array;
  /** Headers as far as they could be read, where there is no envelope. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The claim that the delivery was tried with, where it was held. */
  readonly claim?: HeldClaim;
  /** Whether the key stays held until somebody replays or discards this dead letter. */
  readonly block: boolean;
}

export interface DeadLetter {
  readonly id: string;
  readonly subscription: string;
  readonly reason: string;
  readonly error: string;
  readonly attempts: number;
  readonly envelope?: Envelope;
  readonly bytes?: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
  readonly state: 'dead' | 'replayed' | 'discarded';
  readonly blocking: boolean;
  /** ISO 8601, by the store's clock. */
  readonly parkedAt: string;
}

export interface DeadLetterQuery {
  readonly ids?: readonly string[];
  readonly subscription?: string;
  readonly type?: string;
  /** One, or one of several. */
  readonly reason?: string | readonly string[];
  /** ISO 8601; parked at or after. */
  readonly from?: string;
  /** ISO 8601; parked before. */
  readonly to?: string;
  /** Default `dead`. */
  readonly state?: 'dead' | 'replayed' | 'discarded';
}

export interface DeadLetterPage {
  /** How many match in all. */
  readonly total: number;
  /** Oldest first. */
  readonly letters: readonly DeadLetter[];
  /** Give it as `after` to get the next page; absent on the last one. */
  readonly next?: string;
}

export interface DeadLetterReplay {
  /** Replaces the envelope: an edited message has a new id. */
  readonly envelope?: Envelope;
}

/** What became of a delivery that was to be parked. */
export type ParkResult = 'parked' | 'duplicate' | 'conflict' | 'lost' | 'held';

/** Dead letters: kept with their reason until somebody replays or discards them. */
export interface DeadLetters {
  /**
   * Parks a delivery and marks it as dealt with, so that a copy is dropped. In the same transaction
   * a held delivery is taken off its key, or blocks it.
   *
   * A key is blocked by its head only. A delivery that is to block a key and came while that was held is
   * not parked: it is to be held, and becomes a dead letter in its turn.
   *
   * @returns `duplicate` when the delivery was applied or parked, or is held, already; `conflict` when
   * another message with its id, known by its fingerprint, was or is; `lost` when its claim had gone;
   * `held` when it was to block a key that is held, and nothing was done
   */
  park(letter: DeadLetterToPark): Promise<ParkResult>;
  /** One page of at most `limit` (default 50, at most 500) dead letters, oldest first. */
  list(query: DeadLetterQuery, page?: { limit?: number; after?: string }): Promise<DeadLetterPage>;
  /**
   * Gives the delivery back to its subscription, due at once and with its attempts counted from 0. One
   * that blocks its key comes first in the key, another goes to the key's end.
   *
   * @returns whether it was still dead: of two that replay at once, one gets `true`
   */
  replay(id: string, replay?: DeadLetterReplay): Promise<boolean>;
  /** Gives up on all that match; keys they block go on. Returns how many. */
  discard(query: DeadLetterQuery): Promise<number>;
}
