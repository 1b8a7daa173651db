import type { Measurement } from './contender.ts';

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
