export interface BackoffOptions {
  /** The time after the first failure, in milliseconds. Default 50. */
  readonly firstMs?: number;
  /** Where the time stops doubling, in milliseconds. Default 2000. */
  readonly longestMs?: number;
}

/** How long to wait before the next attempt: longer after each failure, and not everybody at once. */
export class Backoff {
  readonly #firstMs: number;
  readonly #longestMs: number;
  #failures = 0;

  constructor({ firstMs = 50, longestMs = 2000 }: BackoffOptions = {}) {
    this.#firstMs = firstMs;
    this.#longestMs = longestMs;
  }

  /** Milliseconds; between half and all of a time that doubles. */
  next(): number {
    const full = Math.min(this.#longestMs, this.#firstMs * 2 ** this.#failures);
    this.#failures = Math.min(this.#failures + 1, 10);
    return full * (0.5 + Math.random() / 2);
  }

  succeeded(): void {
    this.#failures = 0;
  }
}
