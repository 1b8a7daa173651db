import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { Due, ScheduledMessages } from '../ports/scheduled-messages.ts';
import { Backoff } from '../time/backoff.ts';
import { WakeSignal } from '../time/wake-signal.ts';

export interface ReleaseRunnerDependencies {
  readonly scheduled: ScheduledMessages;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Called after messages have come into the log. */
  readonly onReleased: () => void;
}

/** Another process may schedule or reschedule, and nobody tells. */
const POLL_MS = 500;
/** A transaction that releases holds the locks of so many messages at most. */
const BATCH = 500;

/**
 * Moves scheduled messages into the log when they are due. Any number of processes may run one: what
 * is due goes by the store's clock, and is moved by one of them. Never sleeps for long, so neither a
 * due time years ahead nor a clock that jumps makes it miss anything.
 */
export class ReleaseRunner {
  readonly #with: ReleaseRunnerDependencies;
  readonly #wake: WakeSignal;
  /** By the monotonic clock. While it looks, whatever is stored has to be looked for again. */
  #nextLook = Infinity;
  #stopped = new AbortController();
  #running: Promise<void> | undefined;

  constructor(dependencies: ReleaseRunnerDependencies) {
    this.#with = dependencies;
    this.#wake = new WakeSignal(dependencies.clock);
  }

  start(): void {
    this.#stopped = new AbortController();
    this.#running ??= this.#run();
  }

  /** A message that is due then was stored: do not sleep for longer. */
  poke(due: Due): void {
    const { clock } = this.#with;
    // By this process's wall clock, which may be wrong: then the message is found by the next look.
    const dueIn = 'inMs' in due ? due.inMs : Date.parse(due.at) - clock.now();
    if (clock.monotonic() + dueIn < this.#nextLook) this.#wake.wake();
  }

  /** Releases nothing more and resolves once what is being released has been. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    this.#wake.wake();
    await this.#running;
    this.#running = undefined;
  }

  async #run(): Promise<void> {
    const { clock, logger } = this.#with;
    const { signal } = this.#stopped;
    const backoff = new Backoff();
    while (!signal.aborted) {
      try {
        const pause = await this.#release(signal);
        backoff.succeeded();
        if (!signal.aborted) await this.#sleep(pause);
      } catch (error) {
        logger.warn({ error }, 'scheduled messages could not be released; tried again soon');
        await clock.sleep(backoff.next(), signal);
      }
    }
  }

  /** Releases all that is due, and gives how long nothing will be. */
  async #release(signal: AbortSignal): Promise<number> {
    const { scheduled, logger, onReleased } = this.#with;
    for (;;) {
      const nextDueIn = (await scheduled.nextDueIn()) ?? POLL_MS;
      if (nextDueIn > 0 || signal.aborted) return Math.min(POLL_MS, nextDueIn);
      const { count, known } = await scheduled.release(BATCH);
      if (count > 0) onReleased();
      for (const messageId of known) {
        logger.error(
          { messageId },
          'a scheduled message was dropped, because the log has one with its id; every message needs an id of its own',
        );
      }
    }
  }

  async #sleep(milliseconds: number): Promise<void> {
    this.#nextLook = this.#with.clock.monotonic() + milliseconds;
    await this.#wake.sleep(milliseconds);
    this.#nextLook = Infinity;
  }
}
