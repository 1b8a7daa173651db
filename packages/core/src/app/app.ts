import type { MessageBus } from '../bus/message-bus.ts';
import type { DeliveryRecord } from '../consumer/outcome-recorder.ts';
import type { Subscription } from '../handlers/subscription.ts';
import type { Processes } from '../ports/processes.ts';
import type { ScheduledMessages } from '../ports/scheduled-messages.ts';
import type { ScheduleOffice } from '../schedules/schedule-office.ts';
import type { ProjectionOffice } from '../projections/projection-office.ts';
import type { DeadLetterOffice } from './dead-letter-office.ts';

export interface StartOptions {
  /**
   * Whether this process moves messages from the log to the transport, and what is due into the log.
   * Default `true`.
   */
  readonly relay?: boolean;
  /** Whether this process handles deliveries. Default `true`. */
  readonly consume?: boolean;
  /** Whether this process keeps projections that are asynchronous. Default: what `consume` is. */
  readonly project?: boolean;
}

export interface StopOptions {
  /**
   * How long, in milliseconds, what is in flight may take to end. After that it is given up: nothing
   * of it is saved and it is done again after the next start. Default 10 000.
   */
  readonly deadlineMs?: number;
}

export interface SettledOptions {
  /** How long to wait, in milliseconds. Default 10 000. */
  readonly timeoutMs?: number;
  /**
   * Whether deliveries that wait for a later attempt are waited for. Default `true`; with a virtual
   * clock `false` makes sense.
   */
  readonly waitForRetries?: boolean;
}

/** What became of everything that was caused since `settled` was last called. */
export interface SettledRecord {
  readonly handled: readonly DeliveryRecord[];
  /** Attempts that failed; those that were repeated with success are also in `handled`. */
  readonly failed: readonly DeliveryRecord[];
  readonly deadLettered: readonly DeliveryRecord[];
  readonly duplicates: readonly DeliveryRecord[];
  /** How many deliveries still wait for a later attempt. */
  readonly waiting: number;
  /**
   * How many scheduled messages wait for a time to come. One that is due now is waited for, and so is
   * an instant of a schedule.
   */
  readonly scheduled: number;
}

export interface Health {
  readonly status: 'ready' | 'unready';
  /** For each part, `ok` or what is wrong. */
  readonly checks: Readonly<Record<string, string>>;
}

/** A composed application. */
export interface App extends AsyncDisposable {
  readonly service: string;
  readonly bus: MessageBus;
  readonly deadLetters: DeadLetterOffice;
  readonly projections: ProjectionOffice;
  /** The instances of processes that run. */
  readonly processes: Processes;
  readonly schedules: ScheduleOffice;
  /** The messages that wait for their time; the bus cancels and reschedules them. */
  readonly scheduled: Pick<ScheduledMessages, 'list'>;
  readonly state: 'new' | 'starting' | 'running' | 'stopping' | 'stopped';
  /**
   * Makes store and transport ready and begins to work. When it fails, whatever was started is
   * stopped again.
   *
   * @throws {@link AppStateError} unless the application is new or stopped
   */
  start(options?: StartOptions): Promise<void>;
  /**
   * Takes no new work, lets what is in flight end, and closes everything; afterwards nothing of it
   * keeps the process alive. Idempotent, and safe to call during the start.
   */
  stop(options?: StopOptions): Promise<void>;
  /**
   * For tests: resolves once everything that was caused has been handled, parked or put off, with a
   * record of what this process did of it. With a transport that dies with its process it works where
   * this process relays and consumes; with any other, wherever some process does.
   *
   * @throws {@link WaitTimeoutError} saying what is left
   */
  settled(options?: SettledOptions): Promise<SettledRecord>;
  /**
   * Changes how many deliveries of a subscription this process handles at once, from now on until it
   * stops; those under way end. `commands` is the subscription of the service's commands.
   *
   * @throws {@link InvalidOptionsError} when this process does not consume it, or for less than 1
   */
  setConcurrency(
    subscription: string | Pick<Subscription, 'subscriptionName'>,
    concurrency: number,
  ): void;
  /**
   * Whether the application can do its work now: it runs, its store answers, there is something to read
   * of each projection, and, where it handles deliveries, its transport answers.
   */
  health(): Promise<Health>;
}
