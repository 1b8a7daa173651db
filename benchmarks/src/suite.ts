import type { Measured } from './harness/rounds.ts';
import type { Table } from './report/table.ts';
import type { Target } from './report/target.ts';

export interface SuiteOptions {
  /** Small sizes and one round: shows that everything works, and measures nothing worth knowing. */
  readonly quick: boolean;
}

/** One of the benchmarks. */
export interface Suite {
  readonly name: string;
  readonly run: (options: SuiteOptions) => Promise<SuiteReport>;
}

export interface SuiteReport {
  readonly title: string;
  readonly targets: readonly Target[];
  readonly tables: readonly Table[];
  /** What keeps the figures from being better, in paragraphs of Markdown. */
  readonly bounds: readonly string[];
  readonly measured: readonly Measured[];
}
