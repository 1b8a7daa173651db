import { readFile } from 'node:fs/promises';

import { Client } from 'pg';

/** What the kernel counts processor time in: hundredths of a second. */
const TICK_MICROSECONDS = 10_000;

/**
 * The processor time, in microseconds, that the server's processes have used; NaN where the server
 * runs elsewhere, so that they cannot be seen.
 */
export async function serverCpu(url: string): Promise<number> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ pid: number }>(
      'select pid from pg_stat_activity where pid <> pg_backend_pid()',
    );
    const times = await Promise.all(rows.map(({ pid }) => cpuOf(pid)));
    return times.reduce((sum, time) => sum + time, 0);
  } finally {
    await client.end();
  }
}

async function cpuOf(pid: number): Promise<number> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'latin1');
    // The name, in parentheses, may hold spaces: the fields after it are counted.
    const [name = '', rest = ''] = stat.split(/\) (?=[A-Z] )/);
    if (!name.includes('postgres')) return Number.NaN;
    const fields = rest.split(' ');
    return (Number(fields[11]) + Number(fields[12])) * TICK_MICROSECONDS;
  } catch {
    return Number.NaN;
  }
}
