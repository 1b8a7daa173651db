import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunAs } from '../run-as.ts';
import { untilReady } from './connection.ts';

/** What a server process needs to know; all paths are absolute. */
export interface LocalServerSettings {
  /** The folder with `postgres` and `initdb`. */
  readonly binaries: string;
  /** A folder of its own, which holds data and log. */
  readonly folder: string;
  readonly port: number;
  readonly runAs: RunAs | undefined;
  /** Settings of the server, name to value. */
  readonly settings: Readonly<Record<string, string>>;
}

/** One Postgres process on one data folder: started, killed, started again. */
export class LocalServer {
  readonly url: string;
  readonly #settings: LocalServerSettings;
  #process: ChildProcess | undefined;

  constructor(settings: LocalServerSettings) {
    this.#settings = settings;
    this.url = `postgres://test@127.0.0.1:${settings.port}/postgres`;
  }

  /** Makes the data folder. */
  async initialise(): Promise<void> {
    const { folder } = this.#settings;
    const initdb = this.#spawn('initdb', [
      `--pgdata=${join(folder, 'data')}`,
      '--username=test',
      '--auth=trust',
      '--encoding=UTF8',
      '--locale=C',
      '--no-sync',
    ]);
    await ended(initdb);
    if (initdb.exitCode !== 0) throw new Error(`initdb failed: ${this.#logTail()}`);
  }

  /** Starts the process and resolves when it takes connections. */
  async start(): Promise<void> {
    const { folder, port, settings } = this.#settings;
    const all = { ...settings, listen_addresses: '127.0.0.1', unix_socket_directories: '' };
    const server = this.#spawn('postgres', [
      '-D',
      join(folder, 'data'),
      '-p',
      String(port),
      ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ]);
    this.#process = server;
    await untilReady(this.url, () =>
      hasEnded(server) ? `Postgres ended at start: ${this.#logTail()}` : undefined,
    );
  }

  /**
   * Kills the process. Its backends end by themselves, a moment later: until then the shared memory
   * is in use and a new server on the folder would refuse to start.
   */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Stops the process cleanly, without waiting for its clients. */
  async stop(): Promise<void> {
    await this.#end('SIGINT');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const server = this.#process;
    if (server === undefined || hasEnded(server)) return;
    const end = ended(server);
    server.kill(signal);
    await end;
  }

  #spawn(program: string, args: readonly string[]): ChildProcess {
    const { binaries, folder, runAs } = this.#settings;
    const log = openSync(this.#logFile(), 'a');
    try {
      const child = spawn(join(binaries, program), args, {
        cwd: folder,
        // A group of its own: Ctrl-C is for the test runner, which then stops the server in order.
        detached: true,
        env: { PATH: `${binaries}:/usr/bin:/bin`, HOME: folder, LANG: 'C' },
        stdio: ['ignore', log, log],
        ...runAs,
      });
      // A program that cannot be run is reported here; it then has no process id and counts as ended.
      child.on('error', () => {});
      child.unref();
      return child;
    } finally {
      closeSync(log);
    }
  }

  #logFile(): string {
    return join(this.#settings.folder, 'log');
  }

  #logTail(): string {
    return readFileSync(this.#logFile(), 'utf8').trim().split('\n').slice(-5).join(' | ');
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
}

async function ended(child: ChildProcess): Promise<void> {
  if (!hasEnded(child)) {
    // While somebody waits for the end, the process that waits must not end first.
    child.ref();
    await once(child, 'exit');
  }
}
