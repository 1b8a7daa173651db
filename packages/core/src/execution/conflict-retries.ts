import { setImmediate } from 'node:timers/promises';

import { ConcurrencyError } from '../errors/store-errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Attempt, AttemptOutcome } from './attempt.ts';
import type { Executor } from './executor.ts';

/** A command that still conflicts after this many attempts has met more than bad luck. */
const MAX_ATTEMPTS = 12;
const LONGEST_PAUSE_MS = 100;

export interface ConflictRetries {
  readonly executor: Executor;
  readonly clock: Clock;
  readonly random: () => number;
}

/** Makes attempts as long as each fails because of a conflict; any other error is thrown on. */
export function attemptUntilNoConflict(
  retries: ConflictRetries,
  attempt: Attempt,
): Promise<AttemptOutcome> {
  return retries.executor
    .attempt(attempt)
    .catch((error: unknown) => tryAgain(retries, attempt, error));
}

async function tryAgain(
  { executor, clock, random }: ConflictRetries,
  first: Attempt,
  failure: unknown,
): Promise<AttemptOutcome> {
  const signal = first.signal?.();
  let error = failure;
  for (let made = 1; made < MAX_ATTEMPTS; made += 1) {
    if (!ConcurrencyError.is(error, 'TIDINGS_CONCURRENCY')) throw error;
    if (made === 1) await setImmediate();
    else await clock.sleep(pauseAfter(made) * random(), signal);
    if (first.delivery !== undefined && signal?.aborted === true) throw error;
    signal?.throwIfAborted();
    try {
      // Of a delivery it is the same attempt still: the store, or the transport, counts them.
      const attempt = first.delivery === undefined ? made + 1 : first.attempt;
      return await executor.attempt({ ...first, attempt });
    } catch (again) {
      error = again;
    }
  }
  throw error;
}

/** Grows with the number of attempts, so that many writers of one aggregate spread out. */
function pauseAfter(attempts: number): number {
  return Math.min(LONGEST_PAUSE_MS, 2 ** attempts);
}
