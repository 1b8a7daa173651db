import type { Clock } from '../ports/clock.ts';

/** Node fires a timer at once when it is longer than this. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The clock of the machine. */
export const systemClock: Clock = Object.freeze({
  now: () => Date.now(),
  monotonic: () => performance.now(),
  async sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    const end = performance.now() + milliseconds;
    for (let left = milliseconds; left > 0; left = end - performance.now()) {
      if (signal?.aborted === true) return;
      await timer(Math.min(left, LONGEST_TIMER_MS), signal);
    }
  },
});

function timer(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      clearTimeout(timeout);
      signal?.removeEventListener('abort', finish);
      resolve();
    };
    const timeout = setTimeout(finish, Math.ceil(milliseconds));
    timeout.unref();
    signal?.addEventListener('abort', finish, { once: true });
  });
}
