import { TidingsError } from '@tidings/domain';

/** Which errors a rule is for; every condition given must hold. An empty match is for all. */
export interface ErrorMatch {
  /** The error's `code`, or one of several. */
  readonly code?: string | readonly string[];
  /** The error's `name`, or one of several. */
  readonly name?: string | readonly string[];
  /** Whether the error calls itself transient. */
  readonly transient?: boolean;
}

/** What is done about a failed attempt. Plain data, so that it can be shown and stored. */
export interface RetryRule {
  /** Default: every error. */
  readonly when?: ErrorMatch;
  /** How many times it is tried again at once. Default 0. */
  readonly immediate?: number;
  /** After those, how many milliseconds to wait before each further attempt. Default none. */
  readonly delays?: readonly number[];
  /** How much of a delay is left to chance, from 0 to 1: 0.2 (the default) means ± 20 %. */
  readonly jitter?: number;
}

/** Rules in order; the first that matches the error decides. No rule: dead letter at once. */
export type RetryPolicy = readonly RetryRule[];

export type RetryStep =
  | { readonly action: 'immediate' }
  | { readonly action: 'delay'; readonly milliseconds: number }
  | { readonly action: 'dead-letter' };

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;

/**
 * The policy of subscriptions and asynchronous commands that state none: conflicts and failures of
 * the moment are tried again at once and then ever more rarely for about a quarter of an hour; what can never
 * succeed is not tried again.
 */
export const defaultRetryPolicy: RetryPolicy = Object.freeze([
  {
    when: {
      code: [
        'TIDINGS_VALIDATION',
        'TIDINGS_INVALID_RESULT',
        'TIDINGS_INTENT_CONFLICT',
        'TIDINGS_UNSTORABLE_VALUE',
        'TIDINGS_PROCESS_STATE',
        'TIDINGS_PROCESS_STEP',
      ],
    },
  },
  {
    when: { code: 'TIDINGS_CONCURRENCY' },
    immediate: 5,
    delays: [50, 200, SECOND_MS, 5 * SECOND_MS, 30 * SECOND_MS],
    jitter: 0.5,
  },
  {
    immediate: 2,
    delays: [SECOND_MS, 5 * SECOND_MS, 30 * SECOND_MS, 2 * MINUTE_MS, 10 * MINUTE_MS],
  },
]);

/**
 * What to do after `attempts` attempts, the last of which failed with `error`.
 *
 * @param random a number from 0 up to 1
 */
export function nextStep(
  policy: RetryPolicy,
  error: unknown,
  attempts: number,
  random: number,
): RetryStep {
  const rule = policy.find(({ when }) => when === undefined || matches(when, error));
  if (rule === undefined) return { action: 'dead-letter' };
  const immediate = rule.immediate ?? 0;
  if (attempts <= immediate) return { action: 'immediate' };
  const delay = rule.delays?.[attempts - immediate - 1];
  if (delay === undefined) return { action: 'dead-letter' };
  const spread = (rule.jitter ?? 0.2) * (2 * random - 1);
  return { action: 'delay', milliseconds: Math.round(delay * (1 + spread)) };
}

/** The longest time, in milliseconds, that a delivery can spend waiting for its attempts. */
export function retryHorizon(policy: RetryPolicy): number {
  return Math.max(
    0,
    ...policy.map(
      ({ delays = [], jitter = 0.2 }) =>
        delays.reduce((total, delay) => total + delay, 0) * (1 + jitter),
    ),
  );
}

/** How many attempts a delivery can get at most. */
export function retryAttempts(policy: RetryPolicy): number {
  return (
    1 + Math.max(0, ...policy.map(({ immediate = 0, delays = [] }) => immediate + delays.length))
  );
}

/** What is wrong with a policy, one sentence for each fault. */
export function retryPolicyFaults(policy: RetryPolicy): readonly string[] {
  return policy.flatMap(({ immediate = 0, delays = [], jitter = 0 }, index) => [
    ...(Number.isSafeInteger(immediate) && immediate >= 0
      ? []
      : [`retry rule ${index + 1}: "immediate" must be a whole number from 0`]),
    ...(delays.every((delay) => Number.isFinite(delay) && delay >= 0)
      ? []
      : [`retry rule ${index + 1}: "delays" must be milliseconds from 0`]),
    ...(jitter >= 0 && jitter <= 1
      ? []
      : [`retry rule ${index + 1}: "jitter" must be from 0 to 1`]),
  ]);
}

function matches(match: ErrorMatch, error: unknown): boolean {
  const { code, name } = (typeof error === 'object' && error !== null ? error : {}) as {
    code?: unknown;
    name?: unknown;
  };
  const isTransient = TidingsError.is(error) && error.transient;
  return (
    isOneOf(match.code, code) &&
    isOneOf(match.name, name) &&
    (match.transient === undefined || match.transient === isTransient)
  );
}

function isOneOf(expected: string | readonly string[] | undefined, actual: unknown): boolean {
  if (expected === undefined) return true;
  return typeof expected === 'string'
    ? expected === actual
    : expected.some((one) => one === actual);
}
