/** Several values of one quantity, as one line of a table shows them. */
export interface Summary {
  readonly median: number;
  /** The distance between the greatest and the least, in parts of the median. */
  readonly spread: number;
}

export function summarise(values: readonly number[]): Summary {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = median(sorted);
  return { median: middle, spread: ((sorted.at(-1) ?? 0) - (sorted[0] ?? 0)) / middle };
}

/** Like with like: each value by the one measured in the same round. */
export function ratios(values: readonly number[], by: readonly number[]): readonly number[] {
  return values.map((value, round) => value / (by[round] ?? Number.NaN));
}

function median(sorted: readonly number[]): number {
  const half = Math.floor(sorted.length / 2);
  const upper = sorted[half] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? Number.NaN) + upper) / 2;
}
