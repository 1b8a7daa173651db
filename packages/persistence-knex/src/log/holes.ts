/**
 * Sequence numbers from `from` to `to` that were missing among committed messages: their
 * transactions may still commit, or were rolled back.
 */
export interface Hole {
  readonly from: number;
  readonly to: number;
  /**
   * A transaction id that was assigned after the numbers were: once every transaction with a lower id
   * has ended, nothing can come any more. Decimal text.
   */
  readonly horizon: string;
}

export type NewHole = Pick<Hole, 'from' | 'to'>;

export interface Snapshot {
  /** Every transaction with a lower id has ended. Decimal text. */
  readonly xmin: string;
  /** No transaction with this id or a higher one had ended. Decimal text. */
  readonly xmax: string;
  /** Numbers in holes above this one were not looked for. Default: all were. */
  readonly lookedUpTo?: number;
}

/** The gaps that `found`, sorted, leaves between `after` and its last number. */
export function gapsBetween(after: number, found: readonly number[]): readonly NewHole[] {
  const gaps: NewHole[] = [];
  let previous = after;
  for (const seq of found) {
    if (seq > previous + 1) gaps.push({ from: previous + 1, to: seq - 1 });
    previous = seq;
  }
  return gaps;
}

/** What is left of the holes after `late` numbers, sorted, came in, and after what can come no more is dropped. */
export function remainingHoles(
  holes: readonly Hole[],
  late: readonly number[],
  taken: ReadonlySet<number>,
  { xmin, xmax, lookedUpTo = Number.MAX_SAFE_INTEGER }: Snapshot,
): { readonly kept: readonly Hole[]; readonly renewed: readonly NewHole[] } {
  const kept: Hole[] = [];
  const renewed: NewHole[] = [];
  for (const hole of holes) {
    const isOver = BigInt(hole.horizon) <= BigInt(xmin);
    // After a dump and restore transaction ids start again: the horizon means nothing then.
    const isForeign = BigInt(hole.horizon) > BigInt(xmax);
    const inHole = late.filter((seq) => seq >= hole.from && seq <= hole.to);
    if (isOver && !isForeign) {
      // Those seen in the same snapshot but beyond this round's limit have to be found again.
      for (const seq of inHole) {
        if (!taken.has(seq)) kept.push({ from: seq, to: seq, horizon: hole.horizon });
      }
      // What was not looked for may be there all the same.
      if (hole.to > lookedUpTo) {
        kept.push({ ...hole, from: Math.max(hole.from, lookedUpTo + 1) });
      }
      continue;
    }
    for (const rest of without(
      hole,
      inHole.filter((seq) => taken.has(seq)),
    )) {
      if (isForeign) renewed.push(rest);
      else kept.push({ ...rest, horizon: hole.horizon });
    }
  }
  return { kept, renewed };
}

function without({ from, to }: NewHole, filled: readonly number[]): readonly NewHole[] {
  return gapsBetween(from - 1, [...filled, to + 1]);
}
