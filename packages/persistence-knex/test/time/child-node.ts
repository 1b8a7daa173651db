import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('node-program.mjs', import.meta.url));

/** A process of its own, of the service in `node-program.mjs`. */
export class ChildNode {
  readonly #process: ChildProcess;
  readonly #ended: Promise<unknown>;
  #output = '';

  /** @param environment `DATABASE_URL`, and what else the program heeds */
  constructor(environment: Readonly<Record<string, string>>) {
    this.#process = fork(PROGRAM, [], {
      env: { ...process.env, ...environment },
      execArgv: [],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.#output += chunk.toString();
      });
    }
    this.#ended = once(this.#process, 'exit');
  }

  /** Resolves when its application runs; rejects with what it wrote when it ends before. */
  async started(): Promise<void> {
    const ended = this.#ended.then(() => {
      throw new Error(`the process ended before it had started:\n${this.#output}`);
    });
    await Promise.race([once(this.#process, 'message'), ended]);
    ended.catch(() => {});
  }

  /** Resolves with the signal that ended it. */
  async ended(): Promise<string | null> {
    await this.#ended;
    return this.#process.signalCode;
  }

  /** Kills it at once, as a power cut would. Idempotent. */
  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#ended;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }
}
