import { InvalidOptionsError } from '../errors/app-errors.ts';
import type { Due } from '../ports/scheduled-messages.ts';

/** When something is to be done. Give one of them, or none for at once. */
export interface DueOptions {
  /**
   * The moment, as a `Date` or as ISO 8601 text with a zone (`2026-03-29T02:30:00+01:00`), from 1970 to
   * 9999. One that has passed is due at once.
   */
  readonly at?: Date | string;
  /** In how many milliseconds, from 0. */
  readonly in?: number;
}

/** The last moment whose year has four digits. */
const LAST = Date.UTC(9999, 11, 31, 23, 59, 59, 999);
const ISO =
  /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?(?:Z|[+-](\d{2}):(\d{2}))$/;

/**
 * The due time that options ask for; `undefined` when they ask for none.
 *
 * @param now the wall clock, by which `in` must not lead beyond the year 9999
 * @throws {@link InvalidOptionsError} with every fault
 */
export function dueOf(subject: string, options: DueOptions, now: number): Due | undefined {
  const { at, in: inMs } = options;
  const faults = [
    ...(at !== undefined && inMs !== undefined ? ['give either `at` or `in`, not both'] : []),
    ...(at === undefined ? [] : momentFaults(at)),
    ...(inMs === undefined ? [] : delayFaults(inMs, now)),
  ];
  if (faults.length > 0) throw new InvalidOptionsError(subject, faults);
  if (at !== undefined) return { at: new Date(at).toISOString() };
  return inMs === undefined ? undefined : { inMs };
}

/** As {@link dueOf}, where options must ask for one. */
export function requiredDueOf(subject: string, options: DueOptions, now: number): Due {
  const due = dueOf(subject, options, now);
  if (due === undefined) throw new InvalidOptionsError(subject, ['give `at` or `in`']);
  return due;
}

/**
 * An event is a fact when it is published.
 *
 * @throws {@link InvalidOptionsError} for options that ask for a due time
 */
export function refuseDue(subject: string, options: object): void {
  const { at, in: inMs } = options as DueOptions;
  if (at === undefined && inMs === undefined) return;
  throw new InvalidOptionsError(subject, [
    'an event is published when it has happened; send a command at that time, whose handler publishes it',
  ]);
}

function momentFaults(at: unknown): readonly string[] {
  if (typeof at === 'string') {
    if (!isCalendarText(at)) {
      return [
        '`at` must be a date that exists, as ISO 8601 text with time and zone, such as 2026-03-29T02:30:00+01:00',
      ];
    }
  } else if (!(at instanceof Date) || Number.isNaN(at.getTime())) {
    return ['`at` must be a valid Date or ISO 8601 text'];
  }
  const time = new Date(at).getTime();
  return time >= 0 && time <= LAST ? [] : ['`at` must be from the year 1970 to the year 9999'];
}

/** Date.parse takes days that a month does not have, and texts of many other forms. */
function isCalendarText(text: string): boolean {
  const [, ...parts] = ISO.exec(text) ?? [];
  if (parts.length === 0) return false;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, ...zone] = parts.map(
    (part) => Number(part ?? 0),
  );
  const [zoneHour = 0, zoneMinute = 0] = zone;
  const lastDay = new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
  return (
    month >= 1 &&
    month <= 12 &&
    day >= 1 &&
    day <= lastDay &&
    hour <= 23 &&
    minute <= 59 &&
    second <= 59 &&
    zoneHour <= 23 &&
    zoneMinute <= 59
  );
}

function delayFaults(inMs: unknown, now: number): readonly string[] {
  if (typeof inMs !== 'number' || !(inMs >= 0) || inMs === Infinity) {
    return ['`in` must be milliseconds from 0'];
  }
  return now + inMs <= LAST ? [] : ['`in` must not lead beyond the year 9999'];
}
