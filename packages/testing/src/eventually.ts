import { AssertionError } from 'node:assert';

import { WaitTimeoutError } from '@tidings/core';

/** How often a condition is looked at. */
const LOOK_MS = 5;

export interface EventuallyOptions {
  /** How long to wait, in milliseconds. Default 15 000: a machine may be busy with other tests. */
  readonly timeoutMs?: number;
  /** Shown when the condition does not come true. */
  readonly what?: string;
}

/**
 * Resolves with the first value of `look` that is neither `undefined` nor `false`. Goes by real time.
 *
 * @throws {@link WaitTimeoutError} when there is none in time
 * @example
 * const letter = await eventually(async () => (await app.deadLetters.list()).letters[0]);
 */
export async function eventually<T>(
  look: () => T | Promise<T>,
  { timeoutMs = 15_000, what = 'a condition' }: EventuallyOptions = {},
): Promise<Exclude<T, undefined | false>> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const value = await look();
    if (value !== undefined && value !== false) return value as Exclude<T, undefined | false>;
    if (performance.now() >= end) throw new WaitTimeoutError(what, timeoutMs);
    await pause(LOOK_MS);
  }
}

/**
 * Resolves after watching that `look` gives `false` or `undefined` all the time, for something that
 * must not happen. It proves an absence only for as long as it looks: keep that short.
 *
 * @throws AssertionError as soon as it happens
 */
export async function neverWithin(
  milliseconds: number,
  look: () => unknown,
  what = 'what must not happen',
): Promise<void> {
  const end = performance.now() + milliseconds;
  while (performance.now() < end) {
    const value = await look();
    if (value !== undefined && value !== false)
      throw new AssertionError({ message: `${what} happened` });
    await pause(LOOK_MS);
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
