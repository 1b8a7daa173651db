import type { Position } from '../ports/message-log.ts';

const FIRST = 100;
/** Longer transactions are no faster, hold their locks for longer, and lose more when they fail. */
const LONG_MS = 500;

/**
 * How many events are applied in one transaction: more while that is quick and more are there, fewer when
 * it takes long, and ever fewer when it fails, until the one that fails is alone.
 */
export class BatchSize {
  readonly #max: number;
  #size: number;
  /** Up to here there is an event that fails: the size does not grow until it has been passed. */
  #troubleUpTo: Position = 0;

  constructor(max: number) {
    this.#max = max;
    this.#size = Math.min(FIRST, max);
  }

  get current(): number {
    return this.#size;
  }

  /** `count` events, the last of them at `position`, were applied in so many milliseconds. */
  applied(count: number, position: Position, milliseconds: number): void {
    if (milliseconds > LONG_MS) {
      this.#size = Math.max(1, Math.floor(count / 2));
    } else if (position >= this.#troubleUpTo && count >= this.#size && milliseconds < LONG_MS / 2) {
      this.#size = Math.min(this.#max, this.#size * 2);
    }
  }

  /**
   * `count` events, the last of them at `position`, were not applied.
   *
   * @param failed how many of them came before the one that failed, where that is known
   */
  failed(count: number, position: Position, failed?: number): void {
    this.#troubleUpTo = Math.max(this.#troubleUpTo, position);
    if (failed === undefined) this.#size = Math.max(1, Math.floor(count / 2));
    else this.#size = Math.max(1, failed);
  }
}
