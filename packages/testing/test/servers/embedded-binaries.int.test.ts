import { spawnSync } from 'node:child_process';
import { chownSync, cpSync, lstatSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';

import {
  findEmbeddedBinaries,
  runnableBinaries,
} from '../../src/servers/postgres/embedded-binaries.ts';
import { runAs } from '../../src/servers/run-as.ts';

const user = runAs(['postgres']);

it('runs the programs where the package has them', () => {
  const native = findEmbeddedBinaries() ?? '';

  const binaries = runnableBinaries(native, { path: temporaryFolder(), runAs: user });

  expect(versionBy(binaries)).toMatch(/^postgres \(PostgreSQL\) \d+/);
});

it('copies them where they cannot run: no links to the libraries, no access for the user', () => {
  const native = join(mkdtempSync(join(tmpdir(), 'tidings-package-')), 'native');
  onTestFinished(() => rmSync(join(native, '..'), { recursive: true, force: true }));
  // A new temporary folder is its owner's alone, as a home directory may be.
  cpSync(findEmbeddedBinaries() ?? '', native, {
    recursive: true,
    filter: (path) => !lstatSync(path).isSymbolicLink(),
  });
  const folder = temporaryFolder();

  const binaries = runnableBinaries(native, { path: folder, runAs: user });

  expect(binaries.startsWith(folder)).toBe(true);
  expect(versionBy(binaries)).toMatch(/^postgres \(PostgreSQL\) \d+/);
});

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tidings-binaries-'));
  if (user !== undefined) chownSync(folder, user.uid, user.gid);
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function versionBy(binaries: string): string {
  const program = join(binaries, 'postgres');
  return spawnSync(program, ['--version'], { cwd: '/', encoding: 'utf8', ...user }).stdout ?? '';
}
