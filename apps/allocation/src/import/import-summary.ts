/** A line that was refused. */
export interface RefusedLine {
  readonly file: string;
  readonly line: number;
  readonly reason: string;
}

/** What came of an import. */
export interface ImportSummary {
  /** Whether every line was dealt with. */
  readonly complete: boolean;
  readonly batches: { readonly lines: number; readonly added: number; readonly repeated: number };
  readonly orders: {
    readonly lines: number;
    readonly allocated: number;
    readonly outOfStock: number;
    readonly repeated: number;
  };
  readonly refused: number;
  /** The first refused lines; not more, so that any number of them fits into memory. */
  readonly refusedLines: readonly RefusedLine[];
  /** Deliveries, mails for example, that failed and will be tried again by the service. */
  readonly deliveriesWaiting: number;
  readonly seconds: number;
}

const LISTED_REFUSALS = 1000;

/** Counts what comes of lines. */
export class ImportTally {
  readonly #started = performance.now();
  readonly #refusedLines: RefusedLine[] = [];
  #refused = 0;
  #batches = { lines: 0, added: 0, repeated: 0 };
  #orders = { lines: 0, allocated: 0, outOfStock: 0, repeated: 0 };

  get lines(): number {
    return this.#batches.lines + this.#orders.lines;
  }

  count(kind: 'batches' | 'orders', result: unknown, isRepeated: boolean): void {
    if (kind === 'batches') {
      this.#batches.lines += 1;
      this.#batches[isRepeated ? 'repeated' : 'added'] += 1;
      return;
    }
    this.#orders.lines += 1;
    const became = result === undefined ? 'outOfStock' : 'allocated';
    this.#orders[isRepeated ? 'repeated' : became] += 1;
  }

  refuse(kind: 'batches' | 'orders', refused: RefusedLine): void {
    (kind === 'batches' ? this.#batches : this.#orders).lines += 1;
    this.#refused += 1;
    if (this.#refusedLines.length < LISTED_REFUSALS) this.#refusedLines.push(refused);
  }

  summary(outcome: Pick<ImportSummary, 'complete' | 'deliveriesWaiting'>): ImportSummary {
    return {
      ...outcome,
      batches: { ...this.#batches },
      orders: { ...this.#orders },
      refused: this.#refused,
      // Lines are worked on many at once, and end in any order.
      refusedLines: this.#refusedLines.toSorted(
        (left, right) => left.file.localeCompare(right.file) || left.line - right.line,
      ),
      seconds: Math.round(performance.now() - this.#started) / 1000,
    };
  }
}

/** The summary for people. */
export function describeSummary(summary: ImportSummary): string {
  const { batches, orders, refused, refusedLines, deliveriesWaiting, complete, seconds } = summary;
  const repeated = batches.repeated + orders.repeated;
  const rate =
    seconds > 0 ? ` (${Math.round((batches.lines + orders.lines) / seconds)} lines a second)` : '';
  return [
    complete
      ? 'Import finished'
      : 'Import interrupted: run it again to finish it; nothing is done twice',
    `  batches added    ${batches.added}`,
    `  lines allocated  ${orders.allocated}`,
    `  out of stock     ${orders.outOfStock}`,
    `  repeated         ${repeated}`,
    `  refused          ${refused}`,
    ...refusedLines.map(({ file, line, reason }) => `    ${file} line ${line}: ${reason}`),
    ...(refused > refusedLines.length ? [`    … and ${refused - refusedLines.length} more`] : []),
    ...(deliveriesWaiting > 0
      ? [
          `  ${deliveriesWaiting} deliveries (mails, for example) failed; the service tries them again`,
        ]
      : []),
    `  time             ${seconds.toFixed(1)} s${rate}`,
  ].join('\n');
}
