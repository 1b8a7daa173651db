import type { Command } from '@tidings/domain';

/**
 * What happens to instants that were missed, because no process ran or the store could not be reached:
 * - `once`: one firing, for the latest of them
 * - `skip`: none
 * - `all`: one firing for each, in order
 */
export type Misfire = 'once' | 'skip' | 'all';

export interface ScheduleOptions {
  /** The IANA time zone in which the expression is read. Default `UTC`. */
  readonly timeZone?: string;
  /** Default `once`. */
  readonly misfire?: Misfire;
  /**
   * An instant counts as missed when it has not been fired so many milliseconds after it; until then it
   * fires late. At least 1000, default 60 000.
   */
  readonly graceMs?: number;
}

/** Something that is done again and again, as part of a feature. */
export interface Schedule {
  readonly kind: 'schedule';
  readonly scheduleName: string;
  readonly expression: string;
  readonly options: ScheduleOptions;
  readonly command: (instant: Date) => Command;
  /** The command itself, where it is the same every time. */
  readonly fixed: Command | undefined;
  readonly dependencies: Readonly<Record<string, never>>;
}

/**
 * Declares a schedule: at every instant that a cron expression describes, a command is sent, once for all
 * processes of the service. Instants go by the store's clock.
 *
 * @param name unique in the service and lasting: the schedule's next instant is kept under it
 * @param expression five fields, or six with seconds before them, or a nickname such as `@daily`
 * @param command the command, or how it is made for an instant
 * @example
 * const nightly = schedule('nightly-report', '0 3 * * *', { timeZone: 'Europe/Berlin' }, (instant) =>
 *   MakeReport({ upTo: instant.toISOString() }),
 * );
 */
export function schedule(
  name: string,
  expression: string,
  options: ScheduleOptions,
  command: Command | ((instant: Date) => Command),
): Schedule {
  const isFixed = typeof command !== 'function';
  return Object.freeze({
    kind: 'schedule',
    scheduleName: name,
    expression,
    options,
    command: isFixed ? () => command : command,
    fixed: isFixed ? command : undefined,
    dependencies: {},
  });
}
