import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findNativeBinaries } from './native-binaries.ts';

let root: string;

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'tidings-layout-')));
});

afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

/** A machine with these files and nothing else; `programs` are on the path. */
function machine(...files: readonly string[]): { root: string; path: string } {
  for (const file of files) {
    const at = join(root, file);
    mkdirSync(dirname(at), { recursive: true });
    writeFileSync(at, '');
  }
  return { root, path: join(root, 'usr/sbin') };
}

const ERLANG = ['usr/bin/erl', 'usr/lib/erlang/erts-13.1.5/bin/epmd'];
const RELEASE = 'usr/lib/rabbitmq/lib/rabbitmq_server-3.10.8/sbin';

test('finds what Debian has behind its links, not the wrapper for its service', () => {
  const places = machine(
    ...ERLANG,
    'usr/sbin/rabbitmq-server',
    `${RELEASE}/rabbitmq-server`,
    `${RELEASE}/rabbitmq-env`,
  );
  mkdirSync(join(root, 'usr/lib/rabbitmq/bin'));
  symlinkSync(
    join(root, RELEASE, 'rabbitmq-server'),
    join(root, 'usr/lib/rabbitmq/bin/rabbitmq-server'),
  );

  expect(findNativeBinaries(places)).toEqual({
    folder: join(root, RELEASE),
    erlang: join(root, 'usr/bin'),
    epmd: join(root, 'usr/lib/erlang/erts-13.1.5/bin/epmd'),
  });
});

test('finds the newest release where there are several', () => {
  const newest = RELEASE.replace('3.10.8', '4.1.0');
  const places = machine(
    ...ERLANG,
    ...[RELEASE, RELEASE.replace('3.10.8', '3.9.29'), newest].flatMap((folder) => [
      `${folder}/rabbitmq-server`,
      `${folder}/rabbitmq-env`,
    ]),
  );

  expect(findNativeBinaries(places)?.folder).toBe(join(root, newest));
});

test('finds what Homebrew and archives have', () => {
  const homebrew = machine(
    'opt/homebrew/bin/erl',
    'opt/homebrew/lib/erlang/bin/epmd',
    'opt/homebrew/opt/rabbitmq/sbin/rabbitmq-server',
    'opt/homebrew/opt/rabbitmq/sbin/rabbitmq-env',
  );

  expect(findNativeBinaries(homebrew)).toEqual({
    folder: join(root, 'opt/homebrew/opt/rabbitmq/sbin'),
    erlang: join(root, 'opt/homebrew/bin'),
    epmd: join(root, 'opt/homebrew/lib/erlang/bin/epmd'),
  });
});

test('finds nothing where there is only the wrapper, or no Erlang', () => {
  expect(findNativeBinaries(machine(...ERLANG, 'usr/sbin/rabbitmq-server'))).toBeUndefined();

  rmSync(join(root, 'usr/bin'), { recursive: true });
  const places = machine(`${RELEASE}/rabbitmq-server`, `${RELEASE}/rabbitmq-env`);
  expect(findNativeBinaries(places)).toBeUndefined();
});
