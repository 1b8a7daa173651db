import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { eventually } from '../../src/index.ts';

const servers = [
  { start: 'startPostgres', options: { engines: ['native', 'embedded'] }, processes: ['postgres'] },
  {
    start: 'startRabbitmq',
    options: { engines: ['native'] },
    processes: ['epmd', 'beam'],
  },
];

/** Where containers are what is tested. */
const containers =
  process.env['TIDINGS_TEST_ENGINES'] === 'docker' ? ['startPostgres', 'startRabbitmq'] : [];

/** Longer than what a busy machine takes to start a server, and to end one that will not. */
const PATIENCE = { timeoutMs: 60_000 };

describe.each(servers)('what $start has started', ({ start, options, processes }) => {
  it('is ended and removed when the process that started it is killed', async () => {
    const { folder, child } = begin(start, options);
    await eventually(() => child.output().includes('ready'), PATIENCE);
    const commands = commandsWith(folder);
    expect(processes.filter((name) => !commands.some((each) => each.includes(name)))).toEqual([]);

    child.kill();

    await eventually(() => readdirSync(folder).length === 0, PATIENCE);
    await eventually(() => commandsWith(folder).length === 0, PATIENCE);
  });

  it('is ended and removed when that happens while it starts', async () => {
    const { folder, child } = begin(start, options);
    await eventually(() => commandsWith(folder).length > 0, PATIENCE);

    child.kill();
    expect(child.output()).not.toContain('ready');

    await eventually(() => readdirSync(folder).length === 0, PATIENCE);
    await eventually(() => commandsWith(folder).length === 0, PATIENCE);
  });
});

// Containers are removed by Testcontainers' own watch, in its own time.
describe.each(containers)('the container that %s has started', (start) => {
  it('is removed when the process that started it is killed', async () => {
    const { child } = begin(start, { engines: ['docker'] });
    const address = await eventually(() => /ready (\S+)/.exec(child.output())?.[1], PATIENCE);
    const { port } = new URL(address);
    expect(await answers(Number(port))).toBe(true);

    child.kill();

    await eventually(async () => !(await answers(Number(port))), PATIENCE);
  });
});

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  return once(socket, 'connect').then(
    () => {
      socket.destroy();
      return true;
    },
    () => false,
  );
}

/** Starts a server in a process of its own, which says when it is ready and then waits to be killed. */
function begin(
  start: string,
  options: object,
): { folder: string; child: { output(): string; kill(): void } } {
  const folder = mkdtempSync(join(tmpdir(), 'tidings-abandoned-'));
  // The server may run as another user.
  chmodSync(folder, 0o755);
  const program = `
    const { ${start} } = await import('@tidings/testing/servers');
    const { url } = await ${start}({ ...${JSON.stringify(options)}, log: () => {} });
    console.log('ready', url);
    setInterval(() => {}, 1000);
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    cwd: new URL('../..', import.meta.url),
    env: { ...process.env, TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (data) => (output += String(data)));
  onTestFinished(async () => {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    rmSync(folder, { recursive: true, force: true });
  });
  return { folder, child: { output: () => output, kill: () => child.kill('SIGKILL') } };
}

/**
 * The command lines of running servers that name a folder, or whose home is in it; of the watch and of
 * us there are others.
 */
function commandsWith(folder: string): readonly string[] {
  const commands = existsSync('/proc/self/cmdline')
    ? readdirSync('/proc')
        .filter((name) => /^\d+$/.test(name))
        .map(commandOf)
    : execFileSync('ps', ['-axo', 'args='], { encoding: 'utf8' }).split('\n');
  return commands.filter((command) => command.includes(folder) && !command.includes('readdirSync'));
}

/** The command line of a process, and its home. */
function commandOf(pid: string): string {
  try {
    const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
    const home = environment.find((each) => each.startsWith('HOME='));
    return `${readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')} ${home}`;
  } catch {
    return '';
  }
}
