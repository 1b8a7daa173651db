import { Bench } from 'tinybench';

import type { Measurement } from './contender.ts';

/** Work that can be repeated. */
export interface Repeatable {
  /** Does the work `times` times and resolves when all of it is done. */
  readonly run: (times: number) => Promise<void>;
  readonly close?: () => Promise<void>;
}

/** Reading the clock costs as much as a dispatch, so it is read once for this many. */
const BATCH = 1000;

/**
 * How often a second the work is done, and the CPU time it takes, over `milliseconds` after half as
 * long to warm up.
 */
export async function throughput(work: Repeatable, milliseconds: number): Promise<Measurement> {
  let before = process.cpuUsage();
  let batches = 0;
  const bench = new Bench({
    time: milliseconds,
    iterations: 5,
    warmupTime: milliseconds / 2,
    warmupIterations: 5,
    setup: () => {
      batches = 0;
      before = process.cpuUsage();
    },
  });
  bench.add('work', async () => {
    await work.run(BATCH);
    batches += 1;
  });
  const [task] = await bench.run();
  const { user, system } = process.cpuUsage(before);
  await work.close?.();
  const result = task?.result;
  if (result === undefined || !('latency' in result)) throw new Error('nothing was measured');
  return {
    perSecond: (BATCH * 1000) / result.latency.mean,
    cpuMicroseconds: (user + system) / (BATCH * batches),
  };
}
