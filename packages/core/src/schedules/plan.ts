import type { Misfire } from '../handlers/schedule.ts';
import type { Timetable } from './timetable.ts';

export interface MisfireRule {
  readonly misfire: Misfire;
  readonly graceMs: number;
}

/** Where a schedule is. */
export interface ScheduleProgress {
  readonly now: Date;
  readonly nextDueAt: Date;
  readonly resumedAt: Date | undefined;
}

/** What to do with a schedule now: fire these instants, in order, and go on with the next. */
export interface Plan {
  readonly instants: readonly Date[];
  readonly nextDueAt: Date;
}

/** So many instants fire in one transaction at most. */
const MOST_AT_ONCE = 100;

/** What is to be done with a schedule; `undefined` while its next instant has not come. */
export function planOf(
  { now, nextDueAt: due, resumedAt }: ScheduleProgress,
  timetable: Timetable,
  { misfire, graceMs }: MisfireRule,
): Plan | undefined {
  if (resumedAt !== undefined && due <= resumedAt) return passTo(timetable.after(resumedAt));
  if (due > now) return undefined;
  const graceFrom = new Date(now.getTime() - graceMs);
  if (due >= graceFrom) return fire([due], timetable);
  return missed(misfire, { now, due, graceFrom }, timetable);
}

function missed(
  misfire: Misfire,
  { now, due, graceFrom }: { readonly now: Date; readonly due: Date; readonly graceFrom: Date },
  timetable: Timetable,
): Plan {
  switch (misfire) {
    case 'skip':
      return passTo(timetable.after(new Date(graceFrom.getTime() - 1)));
    case 'once':
      return fire([latestOf(due, timetable.latest(now))], timetable);
    case 'all':
    default:
      return fire(instantsBetween(due, now, timetable), timetable);
  }
}

function passTo(nextDueAt: Date): Plan {
  return { instants: [], nextDueAt };
}

function fire(instants: readonly [Date, ...Date[]], timetable: Timetable): Plan {
  return { instants, nextDueAt: timetable.after(instants.at(-1) ?? instants[0]) };
}

function latestOf(due: Date, latest: Date | undefined): Date {
  return latest !== undefined && latest > due ? latest : due;
}

function instantsBetween(
  first: Date,
  last: Date,
  timetable: Timetable,
): readonly [Date, ...Date[]] {
  const instants: [Date, ...Date[]] = [first];
  let next = timetable.after(first);
  while (next <= last && instants.length < MOST_AT_ONCE) {
    instants.push(next);
    next = timetable.after(next);
  }
  return instants;
}
