import { isAttribute } from '../envelope/encode-message.ts';
import { defaultMessageLimits, type MessageLimits } from '../envelope/limits.ts';
import { UndecodableMessageError } from '../errors/message-errors.ts';
import type { ProcessInstance } from '../ports/processes.ts';
import type { Due } from '../ports/scheduled-messages.ts';
import type { AnyProcessManager, ProcessContext, ProcessStep } from './process-manager.ts';
import { readState, writeState } from './process-state.ts';
import { checkedStep } from './process-step.ts';

/** What a process takes: an event, or that a timeout is due. */
export type ProcessOccurrence =
  | { readonly type: string; readonly data: unknown }
  | {
      readonly timeout: string;
      /** The instance that set it. */
      readonly instanceId: string;
    };

/** What an occurrence comes to, for whoever keeps the instances to carry out. */
export interface ProcessTransition {
  /**
   * - `missing`: no instance with the key runs, and the event starts none
   * - `late`: the timeout was cancelled, or set anew, or its instance is complete
   * - `unchanged`: the instance, if there is one, stays as it is
   * - `saved`, `completed`: it does not
   */
  readonly outcome: 'missing' | 'late' | 'unchanged' | 'saved' | 'completed';
  /** What to send and to publish. */
  readonly step: ProcessStep;
  /** What to save or to complete, with the timeouts that stay open. */
  readonly instance?: ProcessInstance;
  /** Timeouts to set. */
  readonly set: readonly (readonly [name: string, due: Due])[];
  /** Ids of the messages of timeouts that are no longer open. */
  readonly cancelled: readonly string[];
}

type Handlers = Readonly<Record<string, (state: unknown, ...rest: unknown[]) => unknown>>;

const NOTHING = { step: {}, set: [], cancelled: [] } as const;

/**
 * The key of the instance that an event is for.
 *
 * @throws {@link UndecodableMessageError} with the reason `uncorrelated` when it has none
 */
export function processKey(
  { subscriptionName, correlate }: AnyProcessManager,
  type: string,
  data: unknown,
): string {
  const correlation = (correlate as Readonly<Record<string, (data: unknown) => unknown>>)[type];
  const refuse = (why: string, cause?: unknown): UndecodableMessageError =>
    new UndecodableMessageError(
      'uncorrelated',
      `the correlation of the process ${subscriptionName} ${why} for ${type}`,
      { cause },
    );
  let key: unknown;
  try {
    key = correlation?.(data);
  } catch (cause) {
    throw refuse('threw', cause);
  }
  if (typeof key !== 'string')
    throw refuse(`gave ${key === null ? 'null' : `a value of type ${typeof key}`}`);
  if (!isAttribute(key)) {
    throw refuse('gave a key that is empty, longer than 255 characters or has control characters');
  }
  return key;
}

/**
 * Refuses a timeout that only newer code, or code that is gone, knows.
 *
 * @throws {@link UndecodableMessageError} with the reason `unknown-timeout`
 */
export function assertTimeout(
  { subscriptionName, timeouts = {} }: AnyProcessManager,
  timeout: string,
): void {
  if (Object.hasOwn(timeouts, timeout)) return;
  throw new UndecodableMessageError(
    'unknown-timeout',
    `the process ${subscriptionName} has no handler of the timeout "${timeout}"`,
  );
}

/**
 * What comes of an event or a timeout: pure, whoever keeps the instance. The runtime carries it out in a
 * unit of work, a test without one.
 *
 * @param instance the one with the key of the context, if it runs
 * @throws {@link ProcessStateError}, {@link ProcessStateVersionError} or {@link ProcessStepError}
 */
export async function processTransition(
  process: AnyProcessManager,
  instance: ProcessInstance | undefined,
  occurrence: ProcessOccurrence,
  context: ProcessContext,
  limits: MessageLimits = defaultMessageLimits,
): Promise<ProcessTransition> {
  const isTimeout = 'timeout' in occurrence;
  if (isTimeout && !isOpen(instance, occurrence, context)) return { ...NOTHING, outcome: 'late' };
  if (!isTimeout && instance === undefined && !isStarter(process, occurrence.type)) {
    return { ...NOTHING, outcome: 'missing' };
  }
  const state = instance === undefined ? undefined : await readState(process, instance);
  const returned = isTimeout
    ? (process.timeouts as Handlers)[occurrence.timeout]?.(state, context)
    : (process.on as Handlers)[occurrence.type]?.(state, occurrence.data, context);
  const what = isTimeout ? `the timeout "${occurrence.timeout}"` : occurrence.type;
  const { step, set, cancel } = checkedStep(process, what, returned, {
    isRunning: instance !== undefined,
    now: Date.parse(context.now),
  });
  const over = isTimeout ? [occurrence.timeout] : [];
  return transitionOf(process, instance, step, { set, cancel, over }, context, limits);
}

async function transitionOf(
  process: AnyProcessManager,
  instance: ProcessInstance | undefined,
  step: ProcessStep,
  { set, cancel, over }: TimeoutsChanged,
  { key, messageId }: ProcessContext,
  limits: MessageLimits,
): Promise<ProcessTransition> {
  const open = instance?.timeouts ?? {};
  if (step.complete === true) {
    const cancelled = idsOf(open, (name) => !over.includes(name));
    return instance === undefined
      ? { outcome: 'unchanged', step, set: [], cancelled: [] }
      : { outcome: 'completed', step, instance, set: [], cancelled };
  }
  if (instance === undefined && step.state === undefined) {
    return { outcome: 'unchanged', step, set: [], cancelled: [] };
  }
  if (over.length === 0 && Object.keys(step).length === 0)
    return { ...NOTHING, outcome: 'unchanged' };
  const before = instance ?? {
    process: process.subscriptionName,
    key,
    // Whoever looks for the beginning of an instance finds the event.
    instanceId: messageId,
    version: 0,
    state: '',
    stateVersion: 1,
    timeouts: {},
  };
  const changed = [...set.map(([name]) => name), ...cancel];
  const next =
    step.state === undefined
      ? {}
      : {
          state: await writeState(process, before, step.state, limits),
          stateVersion: process.version ?? 1,
        };
  const kept = Object.entries(open).filter(
    ([name]) => !changed.includes(name) && !over.includes(name),
  );
  return {
    outcome: 'saved',
    step,
    instance: { ...before, ...next, timeouts: Object.fromEntries(kept) },
    set,
    cancelled: idsOf(open, (name) => changed.includes(name) && !over.includes(name)),
  };
}

interface TimeoutsChanged {
  readonly set: ProcessTransition['set'];
  readonly cancel: readonly string[];
  /** Names of those that are over because they were due. */
  readonly over: readonly string[];
}

function idsOf(
  open: ProcessInstance['timeouts'],
  matches: (name: string) => boolean,
): readonly string[] {
  return Object.entries(open)
    .filter(([name]) => matches(name))
    .map(([, id]) => id);
}

function isOpen(
  instance: ProcessInstance | undefined,
  { timeout, instanceId }: { readonly timeout: string; readonly instanceId: string },
  { messageId }: ProcessContext,
): boolean {
  return instance?.instanceId === instanceId && instance.timeouts[timeout] === messageId;
}

function isStarter({ startedBy }: AnyProcessManager, type: string): boolean {
  return startedBy.some((definition) => definition.type === type);
}
