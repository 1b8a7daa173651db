import type { Message } from '@tidings/domain';

import { ProcessStepError } from '../errors/process-errors.ts';
import type { Due } from '../ports/scheduled-messages.ts';
import { requiredDueOf, type DueOptions } from '../scheduled/due.ts';
import type { ProcessStep } from './process-manager.ts';

/** A step that can be done, with what it says of timeouts. */
export interface CheckedStep {
  /** Without members that are `undefined`. */
  readonly step: ProcessStep;
  readonly set: readonly (readonly [name: string, due: Due])[];
  readonly cancel: readonly string[];
}

const MEMBERS = new Set(['state', 'send', 'publish', 'timeouts', 'complete']);

/**
 * What a handler returned, once it is known that it can be done.
 *
 * @param what the handler, for the error
 * @throws {@link ProcessStepError} with every fault
 */
export function checkedStep(
  process: { readonly subscriptionName: string; readonly timeouts?: object },
  what: string,
  returned: unknown,
  { isRunning, now }: { readonly isRunning: boolean; readonly now: number },
): CheckedStep {
  const fail = (faults: readonly string[]): ProcessStepError =>
    new ProcessStepError(process.subscriptionName, what, faults);
  if (returned === undefined) return { step: {}, set: [], cancel: [] };
  if (!isPlain(returned)) {
    throw fail(['it is no object with what shall happen; handlers of a process are not async']);
  }
  const step = Object.fromEntries(
    Object.entries(returned).filter(([, value]) => value !== undefined),
  ) as ProcessStep;
  const { set, cancel, faults } = timeoutsOf(process, step.timeouts ?? {}, now);
  const all = [
    ...Object.keys(step)
      .filter((name) => !MEMBERS.has(name))
      .map((name) => `it has "${name}", which means nothing`),
    ...messageFaults('send', 'command', step.send),
    ...messageFaults('publish', 'event', step.publish),
    ...faults,
    ...(step.complete === true && set.length > 0 ? ['it completes and sets timeouts'] : []),
    ...(!isRunning && step.state === undefined && set.length > 0
      ? ['it sets timeouts and starts nothing: there is no state']
      : []),
  ];
  if (all.length > 0) throw fail(all);
  return { step, set, cancel };
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function messageFaults(
  member: string,
  kind: Message['kind'],
  given: unknown = [],
): readonly string[] {
  if (!Array.isArray(given)) return [`"${member}" is no list`];
  return given.every((message) => (message as Partial<Message> | null | undefined)?.kind === kind)
    ? []
    : [`"${member}" has something that is no ${kind}`];
}

function timeoutsOf(
  { timeouts = {} }: { readonly timeouts?: object },
  changes: object,
  now: number,
): Omit<CheckedStep, 'step'> & { readonly faults: readonly string[] } {
  const set: (readonly [string, Due])[] = [];
  const cancel: string[] = [];
  const faults: string[] = [];
  for (const [name, change] of Object.entries(changes) as [string, unknown][]) {
    if (change === undefined) continue;
    if (change === 'cancel') cancel.push(name);
    else if (!Object.hasOwn(timeouts, name)) faults.push(`the timeout "${name}" has no handler`);
    else {
      try {
        set.push([name, requiredDueOf(`the timeout "${name}"`, change as DueOptions, now)]);
      } catch (error) {
        faults.push((error as Error).message);
      }
    }
  }
  return { set, cancel, faults };
}
