import type { IdGenerator } from '@tidings/core';

const LAST_GROUP_DIGITS = 12;

/**
 * Ids that are the same in every run, have the form of UUIDs and sort by the order of their making:
 * `00000000-0000-7000-8000-000000000001`, `…002` and so on.
 */
export class SequentialIds implements IdGenerator {
  #last = 0;

  next(): string {
    this.#last += 1;
    return SequentialIds.id(this.#last);
  }

  /** The id that the `count`th call of {@link next} gives. */
  static id(count: number): string {
    return `00000000-0000-7000-8000-${String(count).padStart(LAST_GROUP_DIGITS, '0')}`;
  }
}
