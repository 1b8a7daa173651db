/** Positions from `firstPosition` on that go up together with the numbers from `firstSeq` on. */
export interface Run {
  readonly firstPosition: number;
  readonly firstSeq: number;
}

/**
 * The runs that begin when the messages with the numbers `found`, sorted, get positions from
 * `nextPosition` on.
 *
 * @param nextSeq the number that would go on the last run
 */
export function newRuns(
  found: readonly number[],
  nextPosition: number,
  nextSeq: number | undefined,
): readonly Run[] {
  const runs: Run[] = [];
  let expected = nextSeq;
  for (const [index, seq] of found.entries()) {
    if (seq !== expected) runs.push({ firstPosition: nextPosition + index, firstSeq: seq });
    expected = seq + 1;
  }
  return runs;
}
