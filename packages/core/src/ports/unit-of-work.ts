import type { Aggregate, Event } from '@tidings/domain';

import type { Envelope } from '../envelope/envelope.ts';
import type { HeldClaim } from './held-deliveries.ts';
import type { UnitProcesses } from './processes.ts';
import type { ScheduledMessage } from './scheduled-messages.ts';
import type { ProjectionProgress, ProjectionUnit } from './projections.ts';

/** An event that a tracked aggregate recorded, with the aggregate's identity and the version it will be saved as. */
export interface RecordedEvent {
  readonly event: Event;
  readonly aggregateId: string;
  readonly aggregateVersion: number;
}

/** The delivery that a unit of work applies. */
export interface ReceivedDelivery {
  readonly subscription: string;
  readonly messageId: string;
  /** Tells apart messages that came with one id: a whole number from 0 to 2^53-1. */
  readonly fingerprint: number;
  /** The partition key; without one the delivery waits for no other. */
  readonly key: string | undefined;
  /** Present when the delivery was held and is tried again. */
  readonly claim?: HeldClaim;
}

/**
 * - `first`: it was not applied before; it counts as applied once this unit commits
 * - `duplicate`: it was applied, or is a dead letter
 * - `conflict`: another message with its id, known by its fingerprint, was applied or is a dead letter
 * - `held`: it, or an earlier delivery of its key, is held; it has to be held behind. That is told at
 *   once, whether or not what is held is being applied
 * - `lost`: the claim it came with has expired and somebody else has it
 * - `busy`: another unit applies a delivery of its key, or a copy of it, and goes on for longer than
 *   the store waits; this unit has to be rolled back
 */
export type ReceiveResult = 'first' | 'duplicate' | 'conflict' | 'held' | 'lost' | 'busy';

/** The outcome of an intent that was carried out before. */
export interface StoredOutcome {
  /** Tells apart different work under one intent id. */
  readonly fingerprint: string;
  /** The result as JSON text; absent when there was none. */
  readonly result?: string;
}

export interface Intent {
  readonly id: string;
  readonly fingerprint: string;
}

export interface CommitRequest {
  /**
   * Messages to store with the changes, in this order. An id that the log has already makes the
   * commit fail, or the message is ignored; which of the two, the store's documentation says.
   */
  readonly messages: readonly Envelope[];
  /**
   * Messages to store with the changes and to put into the log when they are due, in this order where
   * they are due at the same time. An id that waits already makes the commit fail.
   */
  readonly scheduled?: readonly ScheduledMessage[];
  /**
   * Ids of scheduled messages that must not fire any more, in whichever unit they were scheduled, this
   * one included. Those that have fired, or never were, are passed over.
   */
  readonly cancelled?: readonly string[];
  /** Result, as JSON text, of the intent that this unit claimed. */
  readonly intentResult?: string | undefined;
  /**
   * The generation of a projection that this unit moves on.
   *
   * @throws {@link ProjectionMovedError} from the commit, when it is not where it was taken to be
   */
  readonly progress?: ProjectionProgress;
}

/**
 * One transaction: aggregates and process instances changed, the messages they caused, and the record of
 * the delivery that caused it all: all or nothing.
 *
 * It belongs to one message and is used by one handler at a time. Every method throws
 * {@link UnitOfWorkEndedError} after the end. Whatever error the store reports, also one that the
 * handler swallowed, makes {@link UnitOfWork.commit} fail and nothing is saved.
 *
 * Pattern: *Patterns of Enterprise Application Architecture* (Fowler), Unit of Work.
 */
export interface UnitOfWork {
  readonly state: 'open' | 'committed' | 'rolled-back';
  /** What this unit does for projections. */
  readonly projections: ProjectionUnit;
  /**
   * Records in the inbox that the delivery is applied. Must be the first statement of the unit: a
   * concurrent copy, and a delivery of the same key, waits here until this unit ends. The result is a
   * promise only where there was something to wait for.
   */
  receive(delivery: ReceivedDelivery): ReceiveResult | Promise<ReceiveResult>;
  /**
   * Claims an intent for this unit, or gives the outcome of the unit that carried it out. A
   * concurrent unit with the same intent waits here until this one ends.
   */
  claimIntent(intent: Intent): Promise<StoredOutcome | undefined>;
  /** The process instances that this unit changes. */
  readonly processes: UnitProcesses;
  /** The events that tracked aggregates recorded and that no commit has stored yet. */
  recorded(): readonly RecordedEvent[];
  /**
   * Runs `work` so that its failure undoes what it did to the store and drops the events recorded in
   * it, while the unit can still commit. Its error is thrown on. Aggregates first loaded or added in
   * it are not saved; one that was loaded before keeps the state it has in memory.
   */
  savepoint<T>(work: () => Promise<T>): Promise<T>;
  /**
   * Saves the tracked aggregates and the process instances, stores the messages and commits.
   *
   * @throws {@link ConcurrencyError} when an aggregate or an instance was saved by somebody else meanwhile
   * @throws {@link CommitFailedError} when the store did not commit
   * @throws {@link CommitUnknownError} when it cannot be known whether the store did
   */
  commit(request: CommitRequest): Promise<void>;
  /** Undoes everything. A no-op after the end. Never throws. */
  rollback(): Promise<void>;
}

/** What repositories need of a unit of work, whichever store it works on. */
export interface AggregateTracker<Changes> {
  /**
   * The unit saves `aggregate` at commit by `changes`, which is asked once, then, for what has to be
   * written; `undefined` means that nothing changed.
   */
  track(aggregate: Aggregate, changes: () => Changes | undefined): void;
}
