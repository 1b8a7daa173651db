const FIRST_MS = 50;
const LONGEST_MS = 2000;

/** How long to wait before the next attempt: longer after each failure, and not everybody at once. */
export class Backoff {
  readonly #random: () => number;
  #failures = 0;

  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  /** Milliseconds; between half and all of a time that doubles, up to 2 seconds. */
  next(): number {
    const full = Math.min(LONGEST_MS, FIRST_MS * 2 ** this.#failures);
    this.#failures = Math.min(this.#failures + 1, 10);
    return full * (0.5 + this.#random() / 2);
  }

  succeeded(): void {
    this.#failures = 0;
  }
}
