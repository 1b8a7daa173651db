import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';

const fixture = new URL('fixtures/signalled-app.mjs', import.meta.url).pathname;
const runApp = new URL('../lib/run-app.mjs', import.meta.url).href;

it('passes Ctrl-C on exactly once, and ends after the program, with its exit code', async () => {
  const runner = start(['drains']);
  await runner.line('ready');

  // As a terminal and npm do it: the whole group first, then our process once more.
  process.kill(-runner.pid, 'SIGINT');
  process.kill(runner.pid, 'SIGINT');

  expect(await runner.end).toEqual([3, null]);
  expect(runner.lines).toEqual(['ready', 'got SIGINT', 'drained']);
});

it('passes a second Ctrl-C on, for an end at once', async () => {
  const runner = start(['stubborn']);
  await runner.line('ready');

  process.kill(runner.pid, 'SIGINT');
  await runner.line('got SIGINT');
  await delay(400);
  process.kill(runner.pid, 'SIGINT');

  expect(await runner.end).toEqual([130, null]);
  expect(runner.lines).toEqual(['ready', 'got SIGINT', 'got SIGINT']);
});

it('hands the arguments on, and the exit code back', async () => {
  const runner = start(['exits', '--json', 'a b']);

  expect(await runner.end).toEqual([7, null]);
  expect(runner.lines).toEqual(['["--json","a b"]']);
});

interface Runner {
  readonly pid: number;
  readonly lines: readonly string[];
  readonly end: Promise<unknown>;
  line(text: string): Promise<void>;
}

/** Runs the fixture by `runApp` in a process that leads a group of its own, as a shell would. */
function start(args: readonly string[]): Runner {
  const program = `
    import { runApp } from ${JSON.stringify(runApp)};
    await runApp(${JSON.stringify(fixture)}, ${JSON.stringify(args)});
  `;
  const child: ChildProcessByStdio<null, Readable, null> = spawn(
    process.execPath,
    ['--input-type=module', '-e', program],
    { stdio: ['ignore', 'pipe', 'inherit'], detached: true },
  );
  const lines: string[] = [];
  const input = createInterface({ input: child.stdout });
  input.on('line', (line) => lines.push(line));
  return {
    pid: child.pid ?? 0,
    lines,
    end: once(child, 'close'),
    line: async (text) => {
      while (!lines.includes(text)) await once(input, 'line');
    },
  };
}
