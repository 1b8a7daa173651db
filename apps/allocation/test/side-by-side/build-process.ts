import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { ensureBuilt } from '../support/built-app.ts';

/** Programs that a test left running must not outlive it. */
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** A process of one build of the service. */
export class BuildProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  #output = '';

  private constructor(child: ChildProcess) {
    this.#child = child;
    running.add(child);
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.#output += chunk.toString();
      });
    }
    this.#ended = once(child, 'close').finally(() => running.delete(child));
  }

  /** Starts one, and resolves when it works, under load of its own. */
  static async start(
    build: 'older' | 'newer',
    environment: Readonly<Record<string, string>>,
  ): Promise<BuildProcess> {
    await ensureBuilt();
    const program = fileURLToPath(new URL(`${build}-build.mjs`, import.meta.url));
    const { PATH = '' } = process.env;
    const child = fork(program, [], {
      env: { PATH, ...environment },
      execArgv: [],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const started = new BuildProcess(child);
    await started.#says();
    return started;
  }

  /** Ends its load; it goes on handling what comes. */
  async endLoad(): Promise<void> {
    const idle = this.#says();
    this.#child.send('end the load');
    await idle;
  }

  /** Ends it in order. Rejects with what it wrote where it does not end well. */
  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    await this.#ended;
    if (this.#child.exitCode !== 0) throw new Error(`a build did not end well:\n${this.#output}`);
  }

  /** Kills it at once, as a power cut would. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  async #says(): Promise<void> {
    const ended = this.#ended.then(() => {
      throw new Error(`a build ended by itself:\n${this.#output}`);
    });
    await Promise.race([once(this.#child, 'message'), ended]);
    ended.catch(() => {});
  }
}
