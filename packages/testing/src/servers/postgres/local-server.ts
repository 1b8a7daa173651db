import { join } from 'node:path';
import { LocalProcess } from '../local-process.ts';
import type { ServerFolder } from '../server-folder.ts';
import { untilAnswers } from './connection.ts';

/** What a server needs to know. */
export interface LocalServerSettings {
  /** The folder with `postgres` and `initdb`. */
  readonly binaries: string;
  readonly folder: ServerFolder;
  readonly port: number;
  /** Settings of the server, name to value. */
  readonly settings: Readonly<Record<string, string>>;
}

/** One Postgres process on one data folder: started, killed, started again. */
export class LocalServer {
  readonly url: string;
  readonly #settings: LocalServerSettings;
  #process: LocalProcess | undefined;

  constructor(settings: LocalServerSettings) {
    this.#settings = settings;
    this.url = `postgres://test@127.0.0.1:${settings.port}/postgres`;
  }

  /** Makes the data folder. */
  async initialise(): Promise<void> {
    const initdb = this.#spawn('initdb', [
      `--pgdata=${this.#data()}`,
      '--username=test',
      '--auth=trust',
      '--encoding=UTF8',
      '--locale=C',
      '--no-sync',
    ]);
    if ((await initdb.ended()) !== 0) throw new Error(`initdb failed: ${initdb.lastWords()}`);
  }

  /** Starts the process and resolves when it takes connections. */
  async start(): Promise<void> {
    const { port, settings } = this.#settings;
    const all = { ...settings, listen_addresses: '127.0.0.1', unix_socket_directories: '' };
    const server = this.#spawn('postgres', [
      '-D',
      this.#data(),
      '-p',
      String(port),
      ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ]);
    this.#process = server;
    await untilAnswers(this.url, () =>
      server.hasEnded ? `Postgres ended at start: ${server.ownLastWords()}` : undefined,
    );
  }

  /**
   * Kills the process. Its backends end by themselves, a moment later: until then the shared memory
   * is in use and a new server on the folder would refuse to start.
   */
  async kill(): Promise<void> {
    await this.#process?.end('SIGKILL');
  }

  /** Stops the process cleanly, without waiting for its clients. */
  async stop(): Promise<void> {
    await this.#process?.end('SIGINT');
  }

  #data(): string {
    return join(this.#settings.folder.path, 'data');
  }

  #spawn(program: string, args: readonly string[]): LocalProcess {
    const { binaries, folder } = this.#settings;
    const env = { PATH: `${binaries}:/usr/bin:/bin`, HOME: folder.path, LANG: 'C' };
    return new LocalProcess(folder, { program: join(binaries, program), args, env });
  }
}
