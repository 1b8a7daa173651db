import { setTimeout as pause } from 'node:timers/promises';

import { Program, type Environment } from '../support/program.ts';

export interface KillOptions {
  readonly random: () => number;
  readonly times: number;
  /** One in so many is killed while it starts. */
  readonly duringStartOneIn: number;
  /** Others live until this resolves, from when they are up. */
  readonly life: (kill: number) => Promise<void>;
}

const LONGEST_START_MS = 1500;

/** A service that is killed and started again, and again. */
export class KilledService {
  readonly #environment: Environment;
  #url: Promise<string>;
  #isUp: (url: string) => void = () => {};

  constructor(environment: Environment) {
    this.#environment = environment;
    this.#url = this.#next();
  }

  /** Where it is; waits while it is being started. */
  url(): Promise<string> {
    return this.#url;
  }

  /** Kills it as often as asked for, and ends with it killed. Resolves with the number of kills. */
  async live({ random, times, duringStartOneIn, life }: KillOptions): Promise<number> {
    for (let kill = 1; kill <= times; kill += 1) {
      await using program = await Program.start([], this.#environment);
      if (kill % duringStartOneIn === 0) {
        await pause(random() * LONGEST_START_MS);
      } else {
        this.#isUp(await program.url());
        await life(kill);
        this.#url = this.#next();
      }
      program.kill('SIGKILL');
      const { signal } = await program.ended;
      if (signal !== 'SIGKILL') {
        throw new Error(`The service ended before it was killed:\n${program.stderr}`);
      }
    }
    return times;
  }

  /** Lets clients that wait for the service go on, to find nobody there. */
  giveUp(): void {
    this.#isUp('http://127.0.0.1:1');
  }

  #next(): Promise<string> {
    return new Promise((resolve) => {
      this.#isUp = resolve;
    });
  }
}
