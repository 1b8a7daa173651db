import { setTimeout as pause } from 'node:timers/promises';

import { percentiles } from '../broker/measuring.ts';
import type { Measurement } from '../harness/contender.ts';
import { stopwatch } from '../harness/stopwatch.ts';
import { EVERY_MS } from './settings.ts';

/** How often it is looked whether nothing is left, in milliseconds. */
const LOOK_MS = 2;

/** What handlers have seen. */
export class Handled {
  readonly #startedAt = new Map<number, number>();
  #onHandled: (() => void) | undefined;

  /** To be called by a handler. */
  note(n: number): void {
    if (this.#startedAt.has(n)) return;
    this.#startedAt.set(n, performance.now());
    this.#onHandled?.();
  }

  /**
   * Measures how fast all that waits is handled, and taken off the queue.
   *
   * @param start lets handling begin
   * @param isEmpty whether nothing is left in the queue
   */
  async drain(
    messages: number,
    start: () => Promise<void>,
    isEmpty: () => Promise<boolean>,
  ): Promise<Measurement> {
    const all = new Promise<void>((resolve) => {
      this.#onHandled = () => {
        if (this.#startedAt.size === messages) resolve();
      };
    });
    const stop = stopwatch(messages);
    await start();
    await all;
    while (!(await isEmpty())) await pause(LOOK_MS);
    return stop();
  }

  /** Measures from the call that sends, one message at a time, to the beginning of its handler. */
  async latency(messages: number, send: (n: number) => Promise<unknown>): Promise<Measurement> {
    const milliseconds: number[] = [];
    for (let n = 0; n < messages; n += 1) {
      const handled = new Promise<void>((resolve) => {
        this.#onHandled = resolve;
      });
      const sent = performance.now();
      await Promise.all([send(n), handled]);
      milliseconds.push((this.#startedAt.get(n) ?? Number.NaN) - sent);
      await pause(EVERY_MS);
    }
    return percentiles(milliseconds);
  }
}
