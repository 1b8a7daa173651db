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

/** Where to look: all of it can be another place in a test. */
export interface SearchPlaces {
  /** The root of the file system. */
  readonly root: string;
  /** The search path for programs. */
  readonly path: string;
}

/** Folders that hold the programs themselves: Debian's, Homebrew's two, the Docker image's. */
const programFolders = [
  'usr/lib/rabbitmq/bin',
  'opt/homebrew/opt/rabbitmq/sbin',
  'usr/local/opt/rabbitmq/sbin',
  'opt/rabbitmq/sbin',
];

/** Folders in which packages and archives have a folder for each release. */
const releaseFolders = ['usr/lib/rabbitmq/lib', 'usr/local/lib/rabbitmq/lib', 'opt'];

/** Folders in which Erlang has its programs, or has them one folder below. */
const erlangFolders = [
  'usr/bin',
  'usr/lib/erlang',
  'usr/lib64/erlang',
  'usr/local/lib/erlang',
  'opt/homebrew/lib/erlang',
  'opt/homebrew/bin',
];

/** Finds the RabbitMQ that is installed on this machine, with the Erlang that it needs. */
export function findNativeBinaries({
  root = '/',
  path = process.env['PATH'] ?? '',
}: Partial<SearchPlaces> = {}): NativeBinaries | undefined {
  const searchPath = path.split(delimiter).filter((folder) => folder !== '');
  const at = (folder: string): string => join(root, folder);

  const programs = [...programFolders.map(at), ...releases(releaseFolders.map(at)), ...searchPath];
  const erlangs = [...searchPath, ...erlangFolders.map(at).flatMap(withProgramsBelow)];
  const folder = programs.map(realPrograms).find((found) => found !== undefined);
  const erlang = erlangs.find((place) => existsSync(join(place, 'erl')));
  const epmd = erlangs.find((place) => existsSync(join(place, 'epmd')));
  if (folder === undefined || erlang === undefined || epmd === undefined) return undefined;
  return { folder, erlang, epmd: realpathSync(join(epmd, 'epmd')) };
}

/**
 * The folder of the real programs behind what a folder has. Debian puts wrappers on the path that
 * are for its service: they change the user and the folder. The real ones lie beside `rabbitmq-env`.
 */
function realPrograms(folder: string): string | undefined {
  const program = join(folder, 'rabbitmq-server');
  if (!existsSync(program)) return undefined;
  const real = dirname(realpathSync(program));
  return existsSync(join(real, 'rabbitmq-env')) ? real : undefined;
}

/** The newest release first. */
function releases(folders: readonly string[]): readonly string[] {
  return folders
    .flatMap((folder) => children(folder, 'rabbitmq_server-'))
    .toSorted((left, right) => right.localeCompare(left, undefined, { numeric: true }))
    .map((release) => join(release, 'sbin'));
}

/** A folder, its `bin`, and the `bin` of the run-time system, such as `erts-13.1.5/bin`. */
function withProgramsBelow(folder: string): readonly string[] {
  const systems = children(folder, 'erts-').map((system) => join(system, 'bin'));
  return [folder, join(folder, 'bin'), ...systems];
}

function children(folder: string, prefix: string): readonly string[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => name.startsWith(prefix));
  return names.map((name) => join(folder, name));
}
