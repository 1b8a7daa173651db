import { InvalidOptionsError } from '../errors/app-errors.ts';
import type { Executor } from '../execution/executor.ts';
import type { Schedules } from '../ports/schedules.ts';
import type { RunnableSchedule } from './runnable-schedule.ts';

/** A schedule as operators see it. */
export interface ScheduleInfo {
  readonly name: string;
  /** Its cron expression and time zone. */
  readonly definition: string;
  readonly paused: boolean;
  /** ISO 8601, by the store's clock. Absent while it is paused. */
  readonly nextDueAt?: string;
  /** The last instant that was fired, ISO 8601; absent before the first. */
  readonly lastFiredAt?: string;
  /** Whether a process that fires it has been there within the last minute. */
  readonly served: boolean;
}

export interface ScheduleOfficeDependencies {
  readonly schedules: Schedules;
  readonly known: ReadonlyMap<string, RunnableSchedule>;
  readonly executor: Executor;
  readonly assertRunning: (operation: string) => void;
  readonly newCorrelationId: () => string;
  /** Called after a schedule was paused or resumed. */
  readonly onChanged: () => void;
}

/** What operators can do with schedules. Whatever is done holds for all processes of the service. */
export class ScheduleOffice {
  readonly #with: ScheduleOfficeDependencies;

  constructor(dependencies: ScheduleOfficeDependencies) {
    this.#with = dependencies;
  }

  /** All schedules of the service that a process has ever looked after, by name. */
  async list(): Promise<readonly ScheduleInfo[]> {
    this.#with.assertRunning('list the schedules');
    const { now, schedules } = await this.#with.schedules.read();
    return schedules
      .map(({ name, definition, paused, nextDueAt, lastFiredAt, servedUntil }) => ({
        name,
        definition,
        paused,
        ...(!paused && { nextDueAt }),
        ...(lastFiredAt !== undefined && { lastFiredAt }),
        served: servedUntil > now,
      }))
      .toSorted((left, right) => (left.name < right.name ? -1 : 1));
  }

  /**
   * Sends a schedule's command now, for the instant that is now. Its next instant stays what it was; a
   * schedule that is paused can be run as well.
   *
   * @returns the id of the message
   * @throws {@link InvalidOptionsError} when this application has no such schedule
   */
  async runNow(name: string): Promise<string> {
    const { schedules, known, executor, newCorrelationId } = this.#with;
    this.#with.assertRunning(`run the schedule "${name}" now`);
    const schedule = known.get(name);
    if (schedule === undefined) throw unknown('runNow', name);
    const { now } = await schedules.read();
    const { id } = await executor.store(schedule.command(new Date(now)), {
      correlationid: newCorrelationId(),
    });
    return id;
  }

  /**
   * Stops a schedule from firing, until it is resumed, also after a restart. Instants that pass meanwhile are
   * not missed. Idempotent.
   *
   * @throws {@link InvalidOptionsError} when there is no such schedule
   */
  async pause(name: string): Promise<void> {
    this.#with.assertRunning(`pause the schedule "${name}"`);
    if (!(await this.#with.schedules.pause(name))) throw unknown('pause', name);
  }

  /**
   * Lets a schedule fire again, from the next instant on. Idempotent.
   *
   * @throws {@link InvalidOptionsError} when there is no such schedule
   */
  async resume(name: string): Promise<void> {
    this.#with.assertRunning(`resume the schedule "${name}"`);
    if (!(await this.#with.schedules.resume(name))) throw unknown('resume', name);
    this.#with.onChanged();
  }
}

function unknown(operation: string, name: string): InvalidOptionsError {
  return new InvalidOptionsError(`schedules.${operation}`, [`there is no schedule "${name}"`]);
}
