import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { ServerFolder } from './server-folder.ts';

/** What to run; all paths are absolute. */
export interface LocalProgram {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** What the program is told to be its own name. Default: `program`. */
  readonly argv0?: string;
}

/**
 * A process of a server of this machine, which writes to a log in the server's folder and is ended
 * with the folder, should we not get to it. For that its command line must name the folder: by its
 * own name if in no other way.
 */
export class LocalProcess {
  readonly #child: ChildProcess;
  readonly #log: string;
  readonly #logStart: number;

  constructor(folder: ServerFolder, { program, args, env, argv0 = program }: LocalProgram) {
    const name = basename(program);
    this.#log = join(folder.path, `${name}.log`);
    const log = openSync(this.#log, 'a');
    this.#logStart = fstatSync(log).size;
    try {
      this.#child = spawn(program, args, {
        argv0,
        cwd: folder.path,
        // A group of its own: Ctrl-C is for the test runner, which then stops the server in order.
        detached: true,
        env,
        stdio: ['ignore', log, log],
        ...folder.runAs,
      });
    } finally {
      closeSync(log);
    }
    // A program that cannot be run is reported here; it then has no process id and counts as ended.
    this.#child.on('error', () => {});
    this.#child.unref();
  }

  /** Whether it has ended, or could not be run in the first place. */
  get hasEnded(): boolean {
    const { exitCode, signalCode, pid } = this.#child;
    return exitCode !== null || signalCode !== null || pid === undefined;
  }

  /** Resolves when it has ended, with its exit code if it has one. */
  async ended(): Promise<number | null> {
    if (!this.hasEnded) {
      // While somebody waits for the end, the process that waits must not end first.
      this.#child.ref();
      await once(this.#child, 'exit');
    }
    return this.#child.exitCode;
  }

  /** Sends it a signal and resolves when it has ended. */
  async end(signal: NodeJS.Signals): Promise<void> {
    if (this.hasEnded) return;
    const ended = this.ended();
    this.#child.kill(signal);
    await ended;
  }

  /** What this process has written so far. */
  output(): string {
    return readFileSync(this.#log).subarray(this.#logStart).toString();
  }

  /** The last lines that it has written, in one line. */
  lastWords(): string {
    return lastOf(this.output().trim().split('\n'));
  }

  /**
   * The same of a program that writes its process id into each line, as Postgres does: what is left of the
   * one before it may go on to write to the same log.
   */
  ownLastWords(): string {
    const lines = this.output().trim().split('\n');
    const own = lines.filter((line) => line.includes(`[${this.#child.pid}]`));
    return lastOf(own.length > 0 ? own : lines);
  }
}

function lastOf(lines: readonly string[]): string {
  return lines.slice(-5).join(' | ');
}
