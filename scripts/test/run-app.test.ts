import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { startScript, type RunningScript } from './running-script.ts';

const fixture = new URL('fixtures/signalled-app.mjs', import.meta.url).pathname;
const runApp = new URL('../lib/run-app.mjs', import.meta.url).href;

it('passes Ctrl-C on exactly once, and ends after the program, with its exit code', async () => {
  const runner = start(['drains']);
  await runner.says(/^ready$/);

  runner.pressCtrlC();

  expect(await runner.end).toEqual([3, null]);
  expect(runner.lines).toEqual(['ready', 'got SIGINT', 'drained']);
});

it('passes a second Ctrl-C on, for an end at once', async () => {
  const runner = start(['stubborn']);
  await runner.says(/^ready$/);

  process.kill(runner.pid, 'SIGINT');
  await runner.says(/^got SIGINT$/);
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

/** Runs the fixture by `runApp`. */
function start(args: readonly string[]): RunningScript {
  const program = `
    import { runApp } from ${JSON.stringify(runApp)};
    await runApp(${JSON.stringify(fixture)}, ${JSON.stringify(args)});
  `;
  return startScript(['--input-type=module', '-e', program]);
}
