import type { Measurement } from '../harness/contender.ts';

/** Measures work on many messages from now on; call what it returns at the end. */
export function stopwatch(messages: number): () => Measurement {
  const cpu = process.cpuUsage();
  const start = performance.now();
  return () => {
    const elapsed = performance.now() - start;
    const { user, system } = process.cpuUsage(cpu);
    return {
      perSecond: (messages * 1000) / elapsed,
      cpuMicroseconds: (user + system) / messages,
    };
  };
}

/** Half of them took no longer than `p50`, and 99 of 100 no longer than `p99`. The first tenth warms up. */
export function percentiles(milliseconds: readonly number[]): Measurement {
  const sorted = milliseconds.slice(milliseconds.length / 10).toSorted((a, b) => a - b);
  const at = (part: number): number => sorted[Math.floor(sorted.length * part)] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99) };
}
