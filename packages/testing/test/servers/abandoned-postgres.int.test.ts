import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { expect, it, vi } from 'vitest';
import { query } from '../../src/servers/postgres/connection.ts';

/** Starts a server in a process of its own, prints its address and data folder, and waits to be killed. */
const program = `
  const { startPostgres } = await import('@tidings/testing/servers');
  const postgres = await startPostgres({ engines: ['native', 'embedded'] });
  console.log(postgres.url);
  setInterval(() => {}, 1000);
`;

it('is ended and removed when the process that started it is killed', async () => {
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    cwd: new URL('../..', import.meta.url),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = await new Promise<string>((resolve) => {
    createInterface({ input: child.stdout }).once('line', resolve);
  });
  const [row] = await query<{ folder: string }>(
    url,
    "select current_setting('data_directory') as folder",
  );
  const folder = row?.folder ?? '';
  expect(existsSync(folder)).toBe(true);

  child.kill('SIGKILL');

  await vi.waitFor(() => expect(existsSync(folder)).toBe(false), { timeout: 15_000 });
  await expect(query(url, 'select 1')).rejects.toThrow(/ECONNREFUSED/);
});
