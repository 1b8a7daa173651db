import type { Clock } from '@tidings/core';

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

export interface VirtualClockOptions {
  /** What the wall clock shows first. Default 2026-01-01T00:00Z. */
  readonly now?: string | Date;
}

/**
 * A clock that stands still until it is told how much time has passed. Whoever sleeps on it is woken
 * by {@link advance} or {@link skip}, and only so.
 *
 * @example
 * const clock = new VirtualClock();
 * const app = createApp({ clock, … });
 * await clock.advance(60_000);
 */
export class VirtualClock implements Clock {
  readonly #start: number;
  #elapsed = 0;
  #jumped = 0;
  #sleepers: Sleeper[] = [];

  constructor({ now = '2026-01-01T00:00:00.000Z' }: VirtualClockOptions = {}) {
    this.#start = new Date(now).getTime();
  }

  now(): number {
    return this.#start + this.#elapsed + this.#jumped;
  }

  monotonic(): number {
    return this.#elapsed;
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    if (milliseconds <= 0 || signal?.aborted === true) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      const sleeper: Sleeper = { at: this.#elapsed + milliseconds, wake };
      this.#sleepers.push(sleeper);
      signal?.addEventListener('abort', wake, { once: true });
    });
  }

  /** How many sleep. */
  get sleeping(): number {
    return this.#sleepers.length;
  }

  /**
   * Lets time pass. Sleepers are woken in the order of their times, each at its own time; what they
   * do then, and new sleeps that end within this time, come before the later ones.
   */
  async advance(milliseconds: number): Promise<void> {
    const end = this.#elapsed + milliseconds;
    await turn();
    await this.#wakeUntil(end);
    this.#elapsed = end;
    await turn();
  }

  /**
   * Lets time pass at once. Sleepers are woken in the order of their times, but all of them at the end,
   * so that whoever looks again and again does so once: days take no longer than seconds.
   */
  async skip(milliseconds: number): Promise<void> {
    await turn();
    this.#elapsed += milliseconds;
    await this.#wakeUntil(this.#elapsed);
    await turn();
  }

  /** Sets the wall clock forward or back; what sleeps does not notice. */
  jump(milliseconds: number): void {
    this.#jumped += milliseconds;
  }

  async #wakeUntil(end: number): Promise<void> {
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#elapsed = Math.max(this.#elapsed, next.at);
      next.wake();
      await turn();
    }
  }

  #next(end: number): Sleeper | undefined {
    return this.#sleepers
      .filter(({ at }) => at <= end)
      .reduce<Sleeper | undefined>(
        (least, one) => (least === undefined || one.at < least.at ? one : least),
        undefined,
      );
  }
}

/** Lets everything run that can run without time passing. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
