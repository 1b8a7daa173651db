import { parseArgs } from 'node:util';

export interface BenchOptions {
  /** Names of the benchmarks to run. */
  readonly only: readonly string[];
  readonly quick: boolean;
  /** Write the page of the documentation; what is not run is taken from the last report. */
  readonly write: boolean;
}

/** @throws RangeError for a benchmark that does not exist, TypeError for an unknown option */
export function benchOptions(args: readonly string[], known: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string' },
      quick: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
    },
  });
  const only = values.only?.split(',').map((name) => name.trim()) ?? known;
  const unknown = only.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new RangeError(`--only takes ${known.join(', ')}, not ${unknown.join(', ')}`);
  }
  if (values.write && values.quick) {
    throw new RangeError('--write takes whole benchmarks: leave out --quick');
  }
  return { only, quick: values.quick, write: values.write };
}
