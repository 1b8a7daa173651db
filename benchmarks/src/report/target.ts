import type { Summary } from '../harness/statistics.ts';

/** What was aimed at, and what was reached. */
export interface Target {
  readonly what: string;
  readonly reached: Summary;
  /** A ratio, with two decimals, or a number of bytes. */
  readonly unit: 'ratio' | 'bytes';
  /** It should be at least, or at most, so much. */
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** Whether the median is where it should be. */
export function isMet({ reached, atLeast, atMost }: Target): boolean {
  return (
    reached.median >= (atLeast ?? Number.NEGATIVE_INFINITY) &&
    reached.median <= (atMost ?? Number.POSITIVE_INFINITY)
  );
}
