import { describe, expect, it } from 'vitest';

import { ConcurrencyError, PersistenceUnavailableError } from '../errors/store-errors.ts';
import { ValidationError } from '../errors/message-errors.ts';
import {
  defaultRetryPolicy,
  nextStep,
  retryAttempts,
  retryHorizon,
  retryPolicyFaults,
  type RetryPolicy,
} from './retry-policy.ts';

const policy: RetryPolicy = [
  { when: { code: 'TIDINGS_VALIDATION' } },
  { when: { name: 'TypeError' }, immediate: 1 },
  { when: { transient: true }, immediate: 2, delays: [1000, 4000], jitter: 0.5 },
];

describe('a retry policy', () => {
  it('lets the first rule that matches decide', () => {
    expect(nextStep(policy, new ValidationError('t', []), 1, 0)).toEqual({ action: 'dead-letter' });
    expect(nextStep(policy, new TypeError('x'), 1, 0)).toEqual({ action: 'immediate' });
    expect(nextStep(policy, new TypeError('x'), 2, 0)).toEqual({ action: 'dead-letter' });
  });

  it('retries at once, then with each delay, then gives up', () => {
    const error = new PersistenceUnavailableError('it is down');
    const steps = [1, 2, 3, 4, 5].map((attempts) => nextStep(policy, error, attempts, 0.5));
    expect(steps).toEqual([
      { action: 'immediate' },
      { action: 'immediate' },
      { action: 'delay', milliseconds: 1000 },
      { action: 'delay', milliseconds: 4000 },
      { action: 'dead-letter' },
    ]);
  });

  it('spreads a delay by its jitter to both sides', () => {
    const error = new ConcurrencyError('x');
    expect(nextStep(policy, error, 3, 0)).toEqual({ action: 'delay', milliseconds: 500 });
    expect(nextStep(policy, error, 3, 0.999_999)).toEqual({ action: 'delay', milliseconds: 1500 });
  });

  it('gives up at once on an error that no rule is for, and on what is no error at all', () => {
    expect(nextStep(policy, new RangeError('x'), 1, 0)).toEqual({ action: 'dead-letter' });
    expect(nextStep(policy, 'thrown text', 1, 0)).toEqual({ action: 'dead-letter' });
    expect(nextStep(policy, undefined, 1, 0)).toEqual({ action: 'dead-letter' });
  });

  it('knows its horizon and how many attempts it allows', () => {
    expect(retryHorizon(policy)).toBe(7500);
    expect(retryAttempts(policy)).toBe(5);
    expect(retryAttempts([])).toBe(1);
  });

  it('names every fault of its rules', () => {
    expect(retryPolicyFaults([{ immediate: -1, delays: [Number.NaN], jitter: 2 }])).toHaveLength(3);
    expect(retryPolicyFaults(defaultRetryPolicy)).toEqual([]);
  });
});
