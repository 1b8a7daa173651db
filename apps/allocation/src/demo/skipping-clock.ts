import { systemClock, type Clock } from '@tidings/core';

/**
 * A clock that starts when it is told, and skips the time in which nothing happens. Only the wall clock
 * skips: leases and pauses go by the time that really passes.
 */
export class SkippingClock implements Clock {
  readonly #begun = systemClock.now();
  #ahead: number;

  /** @param start what it shows first, ISO 8601 */
  constructor(start: string) {
    this.#ahead = Date.parse(start) - this.#begun;
  }

  now(): number {
    return systemClock.now() + this.#ahead;
  }

  monotonic(): number {
    return systemClock.monotonic();
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    return systemClock.sleep(milliseconds, signal);
  }

  /** Goes on at a moment that is to come. */
  skipTo(moment: number): void {
    this.#ahead += Math.max(0, moment - this.now());
  }
}
