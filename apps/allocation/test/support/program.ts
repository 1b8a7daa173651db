import { spawn, type ChildProcess } from 'node:child_process';

import { ensureBuilt, MAIN } from './built-app.ts';

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export type Environment = Readonly<Record<string, string>>;

/** Programs that tests left running must not outlive them. */
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** The app as a process of its own. */
export class Program implements AsyncDisposable {
  readonly ended: Promise<Ended>;
  readonly #child: ChildProcess;
  readonly #watchers = new Set<() => void>();
  #stdout = '';
  #stderr = '';
  #hasEnded = false;

  private constructor(child: ChildProcess) {
    this.#child = child;
    running.add(child);
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
      this.#look();
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
      this.#look();
    });
    this.ended = new Promise((resolve) =>
      child.once('close', (code, signal) => {
        running.delete(child);
        this.#hasEnded = true;
        resolve({ code, signal });
        this.#look();
      }),
    );
  }

  /** Starts the app; what the environment of the tests sets for services does not reach it. */
  static async start(args: readonly string[], environment: Environment): Promise<Program> {
    await ensureBuilt();
    const { PATH = '', HOME = '', TMPDIR = '/tmp' } = process.env;
    const env = { PATH, HOME, TMPDIR, LOG_LEVEL: 'warn', ...environment };
    return new Program(
      spawn(process.execPath, [MAIN, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] }),
    );
  }

  /** Runs the app to its end. */
  static async run(
    args: readonly string[],
    environment: Environment,
  ): Promise<Ended & { stdout: string; stderr: string }> {
    const program = await Program.start(args, environment);
    const ended = await program.ended;
    return { ...ended, stdout: program.stdout, stderr: program.stderr };
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Where it serves, as soon as it says so; rejects when it ends without. */
  async url(): Promise<string> {
    const said = await this.#says(() => /listens on {2}(\S+)/.exec(this.#stdout));
    if (said?.[1] === undefined) throw new Error(`The service did not start:\n${this.#stderr}`);
    return said[1];
  }

  /** Resolves once it has written `text` to either stream; rejects when it ends without. */
  async says(text: string): Promise<void> {
    const said = await this.#says(
      () => this.#stdout.includes(text) || this.#stderr.includes(text) || undefined,
    );
    if (said === undefined) throw new Error(`It ended without "${text}":\n${this.#stderr}`);
  }

  /** Asks it to end, and resolves when it has. */
  stop(): Promise<Ended> {
    this.kill('SIGTERM');
    return this.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
  }

  #says<T>(look: () => T | null | undefined): Promise<T | undefined> {
    return new Promise((resolve) => {
      const watch = (): void => {
        const found = look() ?? undefined;
        if (found === undefined && !this.#hasEnded) return;
        this.#watchers.delete(watch);
        resolve(found);
      };
      this.#watchers.add(watch);
      watch();
    });
  }

  #look(): void {
    for (const watch of this.#watchers) watch();
  }
}
