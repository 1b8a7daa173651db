import type { Checkpoints } from './checkpoints.ts';
import type { DeadLetters } from './dead-letters.ts';
import type { HeldDeliveries } from './held-deliveries.ts';
import type { Inbox } from './inbox.ts';
import type { Leases } from './leases.ts';
import type { MessageLog } from './message-log.ts';
import type { Processes } from './processes.ts';
import type { ScheduledMessages } from './scheduled-messages.ts';
import type { Schedules } from './schedules.ts';
import type { Projections } from './projections.ts';
import type { UnitOfWork } from './unit-of-work.ts';

/** A store: everything that must be in one place so that it can change in one transaction. */
export interface Persistence {
  /**
   * Opens a unit of work. The result is a promise only where there is something to wait for; it rejects
   * with a transient error when the store cannot be reached.
   */
  begin(options?: { signal?: AbortSignal }): UnitOfWork | Promise<UnitOfWork>;
  readonly log: MessageLog;
  readonly checkpoints: Checkpoints;
  readonly leases: Leases;
  readonly inbox: Inbox;
  readonly held: HeldDeliveries;
  readonly scheduled: ScheduledMessages;
  readonly schedules: Schedules;
  readonly deadLetters: DeadLetters;
  readonly processes: Processes;
  readonly projections: Projections;
  /** Makes the store ready: reaches it, migrates it. Idempotent; safe in several processes at once. */
  start(): Promise<void>;
  /** Resolves when the store answers a query; rejects otherwise. */
  ping(): Promise<void>;
  /** Closes what the store itself opened. Idempotent. */
  close(): Promise<void>;
}
