import type { Clock, Logger } from '@tidings/core';

import type { QueueReader } from './queue-reader.ts';

/** How long a process stays away from a queue that is another's share: long enough for the other to be next. */
const AWAY_MS = 3000;
const LONGEST_AWAY_MS = 60_000;
/** Whoever has the queue again within so long was not wanted to leave by anybody who could take it. */
const SOON_MS = 30_000;

export interface StepAsideOptions {
  readonly reader: QueueReader;
  /** Whether the queue is another process's share. */
  readonly isOthers: () => boolean;
  readonly queue: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Leaves a queue that this process has and that is another one's share. The broker gives a queue to
 * whoever began to read it first, so without this the oldest process would have them all.
 */
export class StepAside {
  readonly #with: StepAsideOptions;
  #isAway = false;
  #awayMs = AWAY_MS;
  #lastReturn = -Infinity;

  constructor(options: StepAsideOptions) {
    this.#with = options;
  }

  /** A message came from the queue. */
  consider(): void {
    if (this.#isAway || !this.#with.isOthers()) return;
    this.#isAway = true;
    void this.#step().finally(() => {
      this.#isAway = false;
    });
  }

  async #step(): Promise<void> {
    const { reader, clock, logger, queue } = this.#with;
    const hasItAgainSoon = clock.monotonic() - this.#lastReturn < SOON_MS;
    this.#awayMs = hasItAgainSoon ? Math.min(LONGEST_AWAY_MS, this.#awayMs * 2) : AWAY_MS;
    logger.debug({ queue }, 'a queue is left to the process whose share it is');
    await reader.leave();
    await clock.sleep(this.#awayMs);
    this.#lastReturn = clock.monotonic();
    await reader.comeBack().catch((error: unknown) => {
      logger.warn({ queue, error }, 'a queue could not be read again at once; it is tried again');
    });
  }
}
