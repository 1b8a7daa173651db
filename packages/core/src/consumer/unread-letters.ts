import type { Clock } from '../ports/clock.ts';
import type { DeadLetter } from '../ports/dead-letters.ts';
import type { Logger } from '../ports/logger.ts';
import type { Persistence } from '../ports/persistence.ts';
import type { DeliveryProcessor } from './delivery-processor.ts';
import { TOO_OLD_FOR } from './parking.ts';

export interface UnreadLettersDependencies {
  readonly persistence: Persistence;
  readonly processor: DeliveryProcessor;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Called when one was given back. */
  readonly onReplayed: () => void;
}

/** While old builds run beside this one they park more. */
const LOOK_MS = 1000;
/** What has been looked at in vain will be so the next time. */
const LOOK_AT_MANY_MS = 60_000;
const PAGE = 100;

/**
 * Dead letters that a build before this one could not read. They are given back to their subscriptions
 * as soon as a build runs that can, so that a deployment needs nobody who replays them.
 */
export class UnreadLetters {
  readonly #with: UnreadLettersDependencies;
  #stopped = new AbortController();
  #running: Promise<void> | undefined;

  constructor(dependencies: UnreadLettersDependencies) {
    this.#with = dependencies;
  }

  start(): void {
    this.#stopped = new AbortController();
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#running;
    this.#running = undefined;
  }

  async #run(): Promise<void> {
    const { clock, logger } = this.#with;
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      let left = 0;
      try {
        left = await this.#giveBack(signal);
      } catch (error) {
        logger.warn({ error }, 'dead letters that can be read by now could not be given back');
      }
      await clock.sleep(left < PAGE ? LOOK_MS : LOOK_AT_MANY_MS, signal);
    }
  }

  /** Gives back all that can be read here, the oldest first, and tells how many cannot. */
  async #giveBack(signal: AbortSignal): Promise<number> {
    const { deadLetters } = this.#with.persistence;
    let left = 0;
    let after: string | undefined;
    do {
      const page = await deadLetters.list(
        { reason: TOO_OLD_FOR },
        { limit: PAGE, ...(after === undefined ? {} : { after }) },
      );
      left += page.letters.length - (await this.#giveBackOf(page.letters, signal));
      after = page.next;
    } while (after !== undefined && !signal.aborted);
    return left;
  }

  async #giveBackOf(letters: readonly DeadLetter[], signal: AbortSignal): Promise<number> {
    const { persistence, logger, onReplayed } = this.#with;
    let replayed = 0;
    for (const { id, subscription, envelope, reason } of letters) {
      if (signal.aborted || envelope === undefined) continue;
      const refusal = await this.#with.processor.refusalOf(subscription, envelope);
      if (refusal !== undefined && TOO_OLD_FOR.includes(refusal)) continue;
      // Another process may have done so.
      if (!(await persistence.deadLetters.replay(id))) continue;
      replayed += 1;
      onReplayed();
      logger.info(
        { subscription, messageId: envelope.id, type: envelope.type, reason },
        'a dead letter that an older build could not read was given back to its subscription',
      );
    }
    return replayed;
  }
}
