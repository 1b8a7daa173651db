import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

/** Programs of a RabbitMQ broker that this machine has. */
export interface NativeBinaries {
  /** The folder with `rabbitmq-server` and `rabbitmqctl`. */
  readonly folder: string;
  /** The path of `epmd`, which Erlang's nodes find each other by. */
  readonly epmd: string;
  /** The folder with `erl`. */
  readonly erlang: string;
}

/** Folders that packages and tarballs are unpacked to, of which each release has one of its own below. */
const releaseParents = ['/usr/lib/rabbitmq/lib', '/usr/local/lib/rabbitmq/lib', '/opt'];

/** Folders that hold the programs themselves: Debian's, Homebrew's two, the Docker image's. */
const programFolders = [
  '/usr/lib/rabbitmq/bin',
  '/opt/homebrew/opt/rabbitmq/sbin',
  '/usr/local/opt/rabbitmq/sbin',
  '/opt/rabbitmq/sbin',
];

/** Folders below which Erlang lies. */
const erlangFolders = [
  '/usr/lib/erlang',
  '/usr/lib64/erlang',
  '/usr/local/lib/erlang',
  '/opt/homebrew/lib/erlang',
];

/** Finds the RabbitMQ that is installed on this machine, with the Erlang that it needs. */
export function findNativeBinaries(): NativeBinaries | undefined {
  const folders = [...programFolders, ...releases(), ...searchPath()];
  const folder = folders.map(programsAt).find((found) => found !== undefined);
  const erlang = [...searchPath(), '/usr/bin', ...below(erlangFolders, 'bin')];
  const erl = erlang.find((place) => existsSync(join(place, 'erl')));
  const epmd = [...erlang, ...below(erlangFolders, 'erts-')].find((place) =>
    existsSync(join(place, 'epmd')),
  );
  if (folder === undefined || erl === undefined || epmd === undefined) return undefined;
  return { folder, erlang: erl, epmd: realpathSync(join(epmd, 'epmd')) };
}

/**
 * The folder of the real programs behind what a folder has. Debian puts wrappers on the path that
 * are for its service: they change the user and the folder. The real ones lie beside `rabbitmq-env`.
 */
function programsAt(folder: string): string | undefined {
  const program = join(folder, 'rabbitmq-server');
  if (!existsSync(program)) return undefined;
  const real = dirname(realpathSync(program));
  return existsSync(join(real, 'rabbitmq-env')) ? real : undefined;
}

/** The newest release first. */
function releases(): readonly string[] {
  return releaseParents
    .flatMap((parent) => children(parent, 'rabbitmq_server-'))
    .toSorted((left, right) => right.localeCompare(left, undefined, { numeric: true }))
    .map((release) => join(release, 'sbin'));
}

/** Folders such as `bin` and `erts-13.1.5/bin`. */
function below(parents: readonly string[], prefix: string): readonly string[] {
  const found = parents.flatMap((parent) => children(parent, prefix));
  return prefix === 'bin' ? found : found.map((folder) => join(folder, 'bin'));
}

function children(folder: string, prefix: string): readonly string[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => name.startsWith(prefix));
  return names.map((name) => join(folder, name));
}

function searchPath(): readonly string[] {
  return (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
}
