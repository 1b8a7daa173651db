import type { Envelope } from '../envelope/envelope.ts';

/** When a message is due: at a moment (ISO 8601 in UTC), or so many milliseconds after it is stored. */
export type Due = { readonly at: string } | { readonly inMs: number };

/** A message to be stored now and to come into the log when it is due. */
export interface ScheduledMessage {
  readonly envelope: Envelope;
  readonly due: Due;
}

/** A scheduled message as operators see it. */
export interface PendingMessage {
  readonly envelope: Envelope;
  /** ISO 8601, by the store's clock. */
  readonly dueAt: string;
}

/** What came of a release. */
export interface ReleasedMessages {
  /** How many do not wait any more; fewer than the limit means that none is left that is due. */
  readonly count: number;
  /** The ids of those that are gone because the log had their id already. */
  readonly known: readonly string[];
}

export interface PendingQuery {
  readonly type?: string;
}

export interface PendingPage {
  /** How many match in all. */
  readonly total: number;
  /** The first that is due first. */
  readonly messages: readonly PendingMessage[];
  /** Give it as `after` to get the next page; absent on the last one. */
  readonly next?: string;
}

/**
 * Messages that were committed and wait for their time, which is that of the store's clock. One that is
 * due is moved into the log in one transaction, so that it fires once whatever dies, and of firing,
 * cancelling and rescheduling exactly one happens first. In the log it is a message like any other.
 */
export interface ScheduledMessages {
  /**
   * Moves up to `limit` messages that are due into the log, in the order of their due times and, where
   * these are the same, of their insertion. Any number of processes may: one waits for the other. A
   * message whose id the log has already cannot come into it, and is dropped.
   */
  release(limit: number): Promise<ReleasedMessages>;
  /** @returns whether it was still waiting, and now is gone */
  cancel(messageId: string): Promise<boolean>;
  /** @returns whether it was still waiting, and now is due then */
  reschedule(messageId: string, due: Due): Promise<boolean>;
  /** In how many milliseconds the first is due: 0 or less when it is now, `undefined` when none waits. */
  nextDueIn(): Promise<number | undefined>;
  /**
   * One page of at most `limit` (default 100, at most 1000).
   *
   * @throws {@link InvalidOptionsError} when `after` is not what a page gave
   */
  list(query?: PendingQuery, page?: { limit?: number; after?: string }): Promise<PendingPage>;
}
