import { Cron, type CronOptions } from 'croner';

/**
 * The instants of a cron expression in a time zone. At a change of the clocks, a time of day that is
 * skipped comes right after the gap, and one that happens twice counts once; what is due every hour,
 * minute or second goes on by real time.
 */
export class Timetable {
  readonly #cron: Cron;
  /** Tells timetables apart. */
  readonly definition: string;

  /** @throws {@link TypeError} or {@link RangeError} for what {@link timetableFaults} complains of */
  constructor(expression: string, timeZone: string) {
    this.#cron = new Cron(expression, optionsFor(timeZone));
    this.definition = `${fieldsOf(expression)} ${timeZone}`;
  }

  /** The first instant after `moment`. */
  after(moment: Date): Date {
    const next = this.#cron.nextRun(moment);
    if (next === null) throw new RangeError(`"${this.definition}" has no further instant`);
    return next;
  }

  /** The last instant up to `moment`, it included; `undefined` where there is none. */
  latest(moment: Date): Date | undefined {
    return this.#cron.previousRuns(1, new Date(moment.getTime() + 1))[0];
  }
}

/** What is wrong with an expression and a time zone. */
export function timetableFaults(expression: unknown, timeZone: unknown): readonly string[] {
  const zone = typeof timeZone === 'string' && isTimeZone(timeZone) ? timeZone : undefined;
  return [
    ...(zone === undefined
      ? [`its timeZone must be an IANA time zone, such as Europe/Berlin`]
      : []),
    ...expressionFaults(expression, zone ?? 'UTC'),
  ];
}

function expressionFaults(expression: unknown, timeZone: string): readonly string[] {
  const needed =
    'its cron expression must have five fields, or six with seconds before them, or be a nickname such as @daily';
  // What depends on when it is read would be another schedule in every process.
  if (typeof expression !== 'string' || expression.includes('?')) return [needed];
  try {
    const cron = new Cron(expression, optionsFor(timeZone));
    if (cron.getOnce() !== null) return [`${needed}; for one moment send a command with \`at\``];
    return cron.nextRun(new Date(0)) === null ? ['its cron expression describes no instant'] : [];
  } catch (error) {
    return [`${needed} (${error instanceof Error ? error.message : String(error)})`];
  }
}

function optionsFor(timeZone: string): CronOptions {
  // Lists and ranges of hours count as times of day, as single ones do.
  return { timezone: timeZone, mode: '5-or-6-parts', fixedTimeRule: 'no-wildcard' };
}

function fieldsOf(expression: string): string {
  return expression.trim().split(/\s+/).join(' ');
}

function isTimeZone(name: string): boolean {
  // Some versions of Node take offsets as well.
  if (!/^[a-z]/i.test(name)) return false;
  try {
    return Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone.length > 0;
  } catch {
    return false;
  }
}
