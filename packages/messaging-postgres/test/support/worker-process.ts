import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { build } from 'vite';

const program = fileURLToPath(new URL('worker.ts', import.meta.url));
// Below the package, so that its dependencies are found.
const folder = fileURLToPath(
  new URL(`../../node_modules/.workers/${process.pid}`, import.meta.url),
);

/** Programs that tests left running must not outlive them. */
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

let built: Promise<unknown> | undefined;

/** Makes a program of the worker and of the sources that it needs: Node itself does not run TypeScript. */
async function ensureBuilt(): Promise<string> {
  built ??= build({
    configFile: false,
    logLevel: 'warn',
    ssr: { noExternal: true, external: ['knex'], resolve: { conditions: ['@tidings/source'] } },
    build: {
      ssr: program,
      outDir: folder,
      target: 'node20',
    },
  });
  await built;
  return join(folder, 'worker.js');
}

/** A process of its own that consumes. */
export class WorkerProcess {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** Resolves when it consumes. */
  static async start(url: string, name: string): Promise<WorkerProcess> {
    const main = await ensureBuilt();
    const child = spawn(process.execPath, [main, url, name], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    running.add(child);
    child.once('close', () => running.delete(child));
    const ended = once(child, 'close').then(() => {
      throw new Error(`The worker ${name} ended before it was ready.`);
    });
    await Promise.race([once(child.stdout, 'data'), ended]);
    ended.catch(() => {});
    child.stdout.resume();
    return new WorkerProcess(child);
  }

  /** Stops the process where it is (`SIGSTOP`), or lets it go on. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child.kill(signal);
  }

  /** Ends the process and resolves when it has ended. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const closed = once(this.#child, 'close');
    this.#child.kill(signal);
    await closed;
  }
}
