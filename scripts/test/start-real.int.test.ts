import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root } from '../lib/root.mjs';
import { startScript } from './running-script.ts';

it('start:real starts everything, starts again what dies, and leaves nothing running after Ctrl-C', async () => {
  const script = startScript([join(root, 'scripts/start-real.mjs')], { PORT: '0' });
  try {
    const [, api = ''] = await script.says(/^ {2}API {9}(\S+)/);
    const [, management = ''] = await script.says(/^ {2}RabbitMQ {4}(\S+)/);
    await script.says(/^ {2}database {4}postgres:/);
    expect((await fetch(`${api}/readyz`)).status).toBe(200);
    expect((await fetch(management)).status).toBe(200);

    const [, worker] = await script.says(/^worker-1 \| \(process (\d+)\)/);
    process.kill(Number(worker), 'SIGKILL');
    await script.says(/^worker-1 has died \(SIGKILL\) and is started again/);
    await expect
      .poll(() => count(script.lines, /^worker-1 \| {3}listens on/), { timeout: 30_000 })
      .toBe(2);
    expect(await sell(api)).toEqual({ batchref: 'b1' });

    script.pressCtrlC();
    expect(await script.end).toEqual([0, null]);
    expect(
      script.lines.filter((line) => /has ended/.test(line)).map((line) => line.trim()),
    ).toEqual([
      'api      has ended (exit code 0)',
      expect.stringMatching(/^worker-[12] has ended \(exit code 0\)$/),
      expect.stringMatching(/^worker-[12] has ended \(exit code 0\)$/),
    ]);
    await expect(fetch(management)).rejects.toThrow('fetch failed');
    const left = script.lines
      .flatMap((line) => /\| \(process (\d+)\)/.exec(line)?.[1] ?? [])
      .filter((pid) => isRunning(Number(pid)));
    expect(left).toEqual([]);
  } finally {
    killIfRunning(script.pid);
  }
});

async function sell(api: string): Promise<unknown> {
  const post = (path: string, body: object): Promise<Response> =>
    fetch(`${api}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  await post('/add_batch', { ref: 'b1', sku: 'LAMP', qty: 5, eta: null });
  return (await post('/allocate', { orderid: 'o1', sku: 'LAMP', qty: 1 })).json();
}

function count(lines: readonly string[], pattern: RegExp): number {
  return lines.filter((line) => pattern.test(line)).length;
}

/** Its servers and programs end when it does. */
function killIfRunning(pid: number): void {
  if (isRunning(pid)) process.kill(pid, 'SIGKILL');
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
