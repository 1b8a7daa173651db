import type { Measurement } from '../harness/contender.ts';
import { serverCpu } from './server-cpu.ts';
import type { TransactionSettings } from './settings.ts';

/** After so many the code is compiled, whoever's it is and however busy the machine. */
const WARM_UP = 6000;

/**
 * Commits on all connections at once: how many a second, and the CPU time that this process and the
 * server take for each. So many are made, not for so long: what is compiled meanwhile would otherwise
 * count for more the fewer a busy machine lets through.
 */
export async function measureCommits(
  { url, connections, commits }: TransactionSettings,
  commit: (connection: number, count: number) => Promise<void>,
): Promise<Measurement> {
  let count = 0;
  const until = (end: number): Promise<unknown> =>
    Promise.all(
      Array.from({ length: connections }, async (_, connection) => {
        while (count < end) {
          count += 1;
          await commit(connection, count);
        }
      }),
    );
  const warmUp = Math.min(WARM_UP, commits);
  await until(warmUp);
  const server = await serverCpu(url);
  const cpu = process.cpuUsage();
  const start = performance.now();
  await until(warmUp + commits);
  const elapsed = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  const cpuMicroseconds = (user + system) / commits;
  const serverCpuMicroseconds = ((await serverCpu(url)) - server) / commits;
  return {
    perSecond: (commits * 1000) / elapsed,
    cpuMicroseconds,
    serverCpuMicroseconds,
    bothCpuMicroseconds: cpuMicroseconds + serverCpuMicroseconds,
  };
}
