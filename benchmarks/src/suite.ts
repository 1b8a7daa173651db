import type { Measured } from './harness/rounds.ts';
import type { Table } from './report/table.ts';

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
  readonly tables: readonly Table[];
  readonly measured: readonly Measured[];
}
