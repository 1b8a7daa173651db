import type { Command } from '@tidings/domain';

import { definitionOf } from '../envelope/encode-message.ts';
import { validate } from '../envelope/validate.ts';
import { ValidationError } from '../errors/message-errors.ts';
import type { Misfire, Schedule } from '../handlers/schedule.ts';
import type { MisfireRule } from './plan.ts';
import { Timetable, timetableFaults } from './timetable.ts';

/** A schedule made ready to run. */
export interface RunnableSchedule {
  readonly name: string;
  readonly timetable: Timetable;
  readonly rule: MisfireRule;
  readonly command: (instant: Date) => Command;
}

const DEFAULT_TIME_ZONE = 'UTC';
const DEFAULT_GRACE_MS = 60_000;
/** A process that looks twice a second is always a little late. */
const LEAST_GRACE_MS = 1000;
const MISFIRES: readonly Misfire[] = ['once', 'skip', 'all'];

/** @throws {@link TypeError} or {@link RangeError} for a schedule with {@link scheduleFaults} */
export function runnableSchedule({
  scheduleName: name,
  expression,
  options: { timeZone = DEFAULT_TIME_ZONE, misfire = 'once', graceMs = DEFAULT_GRACE_MS },
  command,
}: Schedule): RunnableSchedule {
  const timetable = new Timetable(expression, timeZone);
  return { name, timetable, rule: { misfire, graceMs }, command };
}

/** What is wrong with a schedule, but for its name. */
export function scheduleFaults({ expression, options, fixed }: Schedule): readonly string[] {
  const { timeZone = DEFAULT_TIME_ZONE, misfire = 'once', graceMs = DEFAULT_GRACE_MS } = options;
  return [
    ...timetableFaults(expression, timeZone),
    ...(MISFIRES.includes(misfire) ? [] : [`its misfire must be one of ${MISFIRES.join(', ')}`]),
    ...(Number.isFinite(graceMs) && graceMs >= LEAST_GRACE_MS
      ? []
      : [`its graceMs must be milliseconds from ${LEAST_GRACE_MS}`]),
    ...(fixed === undefined ? [] : commandFaults(fixed)),
  ];
}

/** What can be told of the command before it is sent. A schema that is asynchronous tells when it is. */
function commandFaults(command: Command): readonly string[] {
  try {
    const { schema } = definitionOf(command);
    const checked = validate(
      schema,
      command.data,
      (faults) => new ValidationError(command.type, faults),
    );
    if (checked instanceof Promise) checked.catch(() => {});
    return [];
  } catch (error) {
    if (error instanceof ValidationError) return [`its command is not valid: ${error.message}`];
    throw error;
  }
}
