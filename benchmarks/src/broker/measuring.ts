import type { Measurement } from '../harness/contender.ts';

/** Half of them took no longer than `p50`, and 99 of 100 no longer than `p99`. The first tenth warms up. */
export function percentiles(milliseconds: readonly number[]): Measurement {
  const sorted = milliseconds.slice(milliseconds.length / 10).toSorted((a, b) => a - b);
  const at = (part: number): number => sorted[Math.floor(sorted.length * part)] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99) };
}
