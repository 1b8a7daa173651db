import type { Measurement } from '../harness/contender.ts';
import type { TransactionSettings } from './settings.ts';

/**
 * Commits on all connections at once: how many a second, and the CPU time that this process takes for
 * each.
 */
export async function measureCommits(
  { connections, milliseconds }: TransactionSettings,
  commit: (connection: number, count: number) => Promise<void>,
): Promise<Measurement> {
  let count = 0;
  const during = async (length: number): Promise<void> => {
    const end = performance.now() + length;
    await Promise.all(
      Array.from({ length: connections }, async (_, connection) => {
        while (performance.now() < end) {
          count += 1;
          await commit(connection, count);
        }
      }),
    );
  };
  await during(milliseconds / 2);
  count = 0;
  const cpu = process.cpuUsage();
  const start = performance.now();
  await during(milliseconds);
  const elapsed = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  return { perSecond: (count * 1000) / elapsed, cpuMicroseconds: (user + system) / count };
}
