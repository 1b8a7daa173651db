import type { Envelope } from '../envelope/envelope.ts';
import type { LeaseGrant } from './leases.ts';

/** A message's place in the log: gapless from 1, monotonic, assigned after commit. 0 is before the first. */
export type Position = number;

export interface LoggedMessage {
  readonly position: Position;
  readonly envelope: Envelope;
}

/** What was found in a part of the log. */
export interface LogPage {
  readonly messages: readonly LoggedMessage[];
  /** It was looked up to here; where that is no further than from where, the log goes no further. */
  readonly upTo: Position;
}

/**
 * All messages ever committed by units of work, in one order in which every message comes after
 * those it could have been caused by.
 */
export interface MessageLog {
  /**
   * Gives positions to up to `limit` committed messages that have none, in the order of their
   * insertion. Only the holder of the log's lease may.
   *
   * @returns how many got one; fewer than `limit` means that none is left for now
   * @throws {@link LeaseLostError} when the lease has moved on: nothing was assigned
   */
  sequence(lease: LeaseGrant, limit: number): Promise<number>;
  /** Up to `limit` messages after `position`, in order. */
  read(after: Position, limit: number): Promise<readonly LoggedMessage[]>;
  /**
   * Up to `limit` messages of these types after `position`, in order. One call looks only so far: where
   * it found fewer than `limit`, there may be more from {@link LogPage.upTo} on.
   */
  scan(types: readonly string[], after: Position, limit: number): Promise<LogPage>;
  /** The last position assigned, 0 when there is none. */
  head(): Promise<Position>;
  /** Whether committed messages wait for their position. */
  hasUnsequenced(): Promise<boolean>;
}
