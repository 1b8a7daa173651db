import type { Clock } from '../ports/clock.ts';

/**
 * Lets a loop sleep until somebody wakes it or a time has passed. A wake-up while it is not asleep
 * is kept, so none is lost. Wake-ups of one turn of the event loop are one: the loop goes on when the
 * turn is over, and finds everything that was done in it.
 */
export class WakeSignal {
  readonly #clock: Clock;
  #woken = false;
  #ringing = false;
  #sleeper: AbortController | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  wake(): void {
    this.#woken = true;
    if (this.#ringing || this.#sleeper === undefined) return;
    this.#ringing = true;
    setImmediate(() => {
      this.#ringing = false;
      // A reason of its own, because the default one is an error with a stack.
      this.#sleeper?.abort('woken');
    });
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
