import type { Envelope } from '../envelope/envelope.ts';

/** A schedule as the store keeps it. Moments are ISO 8601 in UTC, by the store's clock. */
export interface StoredSchedule {
  readonly name: string;
  /** The expression and the time zone by which `nextDueAt` was computed. */
  readonly definition: string;
  /** The definitions that it went by before, the latest last. */
  readonly superseded: readonly string[];
  /** The next instant that has to be dealt with; it may have passed. */
  readonly nextDueAt: string;
  /** The last instant that was fired; absent before the first. */
  readonly lastFiredAt?: string;
  readonly paused: boolean;
  /** When it was resumed; instants up to then are passed over. Absent when it never was. */
  readonly resumedAt?: string;
  /** Until then, processes that go by `definition` are taken to be there. */
  readonly servedUntil: string;
}

export interface ScheduleDefinition {
  readonly name: string;
  readonly definition: string;
  readonly nextDueAt: string;
  /** How long, in milliseconds, it counts as served from now. */
  readonly serveMs: number;
  /** The definitions that came before it, the latest last. */
  readonly superseded: readonly string[];
  /** The definition that it has to go by until now; absent where the schedule is new. */
  readonly replaces?: string;
}

export interface ScheduleFiring {
  readonly name: string;
  readonly definition: string;
  /** The instant that was next. */
  readonly dueAt: string;
  /** The instant that is next from now on. */
  readonly nextDueAt: string;
  /** The last instant that fires with this; absent where all are passed over. */
  readonly firedAt?: string;
  /** What fires, in order. */
  readonly messages: readonly Envelope[];
}

/**
 * The schedules of a service: when each is due next. Any number of processes look after them; for each
 * instant one of them comes first, and its messages come into the log in the same transaction.
 */
export interface Schedules {
  /** All schedules, with the store's time. */
  read(): Promise<{ readonly now: string; readonly schedules: readonly StoredSchedule[] }>;
  /** @returns `false` when somebody else defined it meanwhile: it did not change */
  define(definition: ScheduleDefinition): Promise<boolean>;
  /** Notes that a process that goes by the definition is there, for `serveMs` milliseconds from now. */
  serve(name: string, definition: string, serveMs: number): Promise<void>;
  /**
   * Puts the messages of a due schedule into the log and moves it on to its next instant.
   *
   * @returns `false` when nothing happened: somebody else has moved it on, it is paused, not due, or
   * goes by another definition
   */
  fire(firing: ScheduleFiring): Promise<boolean>;
  /** Stops it from firing. Nothing of it fires any more when this resolves. @returns whether there is such a schedule */
  pause(name: string): Promise<boolean>;
  /** Lets it fire again, from the next instant on. @returns whether there is such a schedule */
  resume(name: string): Promise<boolean>;
}
