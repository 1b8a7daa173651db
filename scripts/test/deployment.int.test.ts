import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { root } from '../lib/root.mjs';
import { output } from './output.ts';

const dockerfile = readFileSync(join(root, 'apps/allocation/Dockerfile'), 'utf8');

let folder: string;
let deployed: string;

// What the Dockerfile does to build the image, in a folder.
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidings-deployment-'));
  deployed = join(folder, 'deployed');
  const repository = join(folder, 'repository');
  const ignored = ignoredNames();
  cpSync(root, repository, { recursive: true, filter: (path) => !ignored.has(basename(path)) });
  for (const command of buildCommands()) {
    output('sh', ['-c', command.replace('/deployed', deployed)], repository);
  }
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('the image gets the build, the sample and production dependencies, and nothing else', () => {
  const files = readdirSync(deployed).filter((name) => !/^(package\.json|pnpm-|README)/.test(name));
  expect(files.toSorted()).toEqual(['data', 'dist', 'node_modules']);
  const installed = readdirSync(join(deployed, 'node_modules/.pnpm'));
  expect(installed.filter((name) => /^(typescript|vitest|@tidings\+testing)@/.test(name))).toEqual(
    [],
  );
  expect(dockerfile).not.toMatch(/password|secret/i);
});

it('what is in the image starts, passes its health check, and ends in order when asked to', async () => {
  const main = join(deployed, 'dist/main.js');
  const env = { PATH: process.env['PATH'], PORT: '0', TIDINGS_DATA_DIR: join(folder, 'data') };
  const program = spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const ended = once(program, 'close');
    const port = await portOf(program.stdout);
    const [node = '', ...args] = healthCheck();
    expect(output(node, args, folder, { PORT: port })).toBe('');
    expect(() => output(node, args, folder, { PORT: '1' })).toThrow('failed');
    program.kill(stopSignal());
    expect(await ended).toEqual([0, null]);
  } finally {
    program.kill('SIGKILL');
  }
});

/** Names that are not copied to the image's build. */
function ignoredNames(): ReadonlySet<string> {
  const lines = readFileSync(join(root, '.dockerignore'), 'utf8').split('\n');
  return new Set(lines.filter((line) => !/^(#|$)/.test(line)).map((line) => basename(line)));
}

/** What the first stage runs. */
function buildCommands(): readonly string[] {
  const [, first = ''] = dockerfile.split(/^FROM /m);
  return [...first.matchAll(/^RUN (.*)$/gm)].map(([, command = '']) => command);
}

function healthCheck(): readonly string[] {
  const [, command = '[]'] = /^HEALTHCHECK [^[]*CMD (\[.*\])$/m.exec(dockerfile) ?? [];
  return JSON.parse(command) as string[];
}

function stopSignal(): NodeJS.Signals {
  return /^STOPSIGNAL (\w+)$/m.exec(dockerfile)?.[1] as NodeJS.Signals;
}

async function portOf(stdout: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input: stdout })) {
    const [, url] = /listens on {2}(\S+)/.exec(line) ?? [];
    if (url !== undefined) return new URL(url).port;
  }
  throw new Error('the program ended without saying where it listens');
}
