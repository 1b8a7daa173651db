import type { Clock } from '../ports/clock.ts';

const FIRST_MS = 1000;
const LONGEST_MS = 60_000;

/** What failed, by name, and how long it is left alone: longer after each failure, up to a minute. */
export class Setbacks {
  readonly #clock: Clock;
  readonly #failed = new Map<string, { readonly count: number; readonly until: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  isWaiting(name: string): boolean {
    return (this.#failed.get(name)?.until ?? -Infinity) > this.#clock.monotonic();
  }

  add(name: string): void {
    const count = this.#failed.get(name)?.count ?? 0;
    const pause = Math.min(LONGEST_MS, FIRST_MS * 2 ** count);
    this.#failed.set(name, {
      count: Math.min(count + 1, 10),
      until: this.#clock.monotonic() + pause,
    });
  }

  end(name: string): void {
    this.#failed.delete(name);
  }
}
