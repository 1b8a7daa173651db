import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

/** The oldest major version that Tidings runs on. */
const OLDEST_MAJOR_VERSION = 14;

/** Programs of a Postgres server that this machine has. */
export interface NativeBinaries {
  readonly folder: string;
  /** Such as `15.18`. */
  readonly version: string;
}

/** Finds the newest Postgres server installed on this machine that is not too old. */
export function findNativeBinaries(): NativeBinaries | undefined {
  const found = [...packagedFolders(), ...pathFolders(), ...configuredFolder()]
    .filter((folder) => existsSync(join(folder, 'postgres')))
    // What is on the path may be a link; initdb and the libraries lie beside the program itself.
    .map((folder) => dirname(realpathSync(join(folder, 'postgres'))))
    .filter((folder) => existsSync(join(folder, 'initdb')))
    .map((folder) => ({ folder, version: versionOf(folder) }))
    .filter(({ version }) => major(version) >= OLDEST_MAJOR_VERSION);
  return found.toSorted((left, right) => major(right.version) - major(left.version))[0];
}

/** Where Debian, the Postgres project's own packages, and Homebrew put one folder for each version. */
function packagedFolders(): readonly string[] {
  return [
    ...children('/usr/lib/postgresql', ''),
    ...children('/usr', 'pgsql-'),
    ...children('/opt/homebrew/opt', 'postgresql@'),
    ...children('/usr/local/opt', 'postgresql@'),
  ].map((folder) => join(folder, 'bin'));
}

function children(folder: string, prefix: string): readonly string[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => name.startsWith(prefix));
  return names.map((name) => join(folder, name));
}

function pathFolders(): readonly string[] {
  return (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
}

function configuredFolder(): readonly string[] {
  const folder = output('pg_config', ['--bindir']);
  return folder === '' ? [] : [folder];
}

function versionOf(folder: string): string {
  return /\d+(?:\.\d+)*/.exec(output(join(folder, 'postgres'), ['--version']))?.[0] ?? '';
}

function major(version: string): number {
  return Number.parseInt(version, 10) || 0;
}

function output(program: string, args: readonly string[]): string {
  try {
    return execFileSync(program, args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return '';
  }
}
