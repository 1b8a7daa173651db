import type { Clock } from '../ports/clock.ts';

/**
 * Lets a loop sleep until somebody wakes it or a time has passed. A wake-up while it is not asleep
 * is kept, so none is lost.
 */
export class WakeSignal {
  readonly #clock: Clock;
  #woken = false;
  #sleeper: AbortController | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  wake(): void {
    this.#woken = true;
    this.#sleeper?.abort();
  }

  async sleep(milliseconds: number): Promise<void> {
    if (!this.#woken && milliseconds > 0) {
      this.#sleeper = new AbortController();
      await this.#clock.sleep(milliseconds, this.#sleeper.signal);
      this.#sleeper = undefined;
    }
    this.#woken = false;
  }
}
