import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { installWithApt, type AptSystem } from './apt-install.ts';

const wanted = { name: 'some-server', service: 'some-service' };
let folder: string;
let system: AptSystem;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidings-apt-'));
  system = {
    isRoot: true,
    aptGet: program('apt-get', ''),
    policy: join(folder, 'policy-rc.d'),
    invoke: program('invoke-rc.d', ''),
    updateRunlevels: program('update-rc.d', ''),
  };
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A program that writes down how it was called, then does as the script says. */
function program(name: string, script: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\necho "${name} $*" >> ${folder}/calls\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

function calls(): readonly string[] {
  return readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n');
}

test('installs the package with fresh lists, and stops its service now and for the next boot', async () => {
  expect(await installWithApt(wanted, system)).toBeUndefined();

  expect(calls()).toEqual([
    'apt-get update',
    'apt-get install --yes --no-install-recommends some-server',
    'invoke-rc.d some-service stop',
    'update-rc.d some-service disable',
  ]);
});

test('lets no service start meanwhile, and every service after', async () => {
  // As the scripts of a package do.
  const asked = `[ "$1" = install ] || exit 0; ${system.policy} some-service start; echo $? > ${folder}/answer`;
  program('apt-get', asked);

  expect(await installWithApt(wanted, system)).toBeUndefined();

  expect(readFileSync(join(folder, 'answer'), 'utf8').trim()).toBe('101');
  expect(existsSync(system.policy)).toBe(false);
});

test('leaves a policy that somebody else has made', async () => {
  writeFileSync(system.policy, 'theirs');

  await installWithApt(wanted, system);

  expect(readFileSync(system.policy, 'utf8')).toBe('theirs');
});

test('waits for another installation to end', async () => {
  const locked = `echo "E: Could not get lock /var/lib/dpkg/lock-frontend." >&2; exit 100`;
  program(
    'apt-get',
    `[ "$1" = update ] || [ -e ${folder}/tried ] || { touch ${folder}/tried; ${locked}; }`,
  );

  expect(await installWithApt(wanted, system)).toBeUndefined();

  expect(calls().filter((call) => call.startsWith('apt-get install'))).toHaveLength(2);
});

test('says why it could not', async () => {
  program('apt-get', 'echo "E: Unable to locate package some-server" >&2; exit 100');

  expect(await installWithApt(wanted, system)).toBe(
    'apt-get could not install some-server (E: Unable to locate package some-server)',
  );
  expect(existsSync(system.policy)).toBe(false);
});

test('does nothing where it may not, or where there is no apt-get', async () => {
  expect(await installWithApt(wanted, { ...system, isRoot: false })).toMatch(/only root may use/);
  expect(await installWithApt(wanted, { ...system, aptGet: join(folder, 'none') })).toMatch(
    /which is not here/,
  );
  expect(existsSync(join(folder, 'calls'))).toBe(false);
});
