import type { Message } from '@tidings/domain';

import type { Registry } from '../composition/registry.ts';
import { encodeMessage } from '../envelope/encode-message.ts';
import type { Envelope } from '../envelope/envelope.ts';
import type { MessageLimits } from '../envelope/limits.ts';
import { InvalidOptionsError } from '../errors/app-errors.ts';
import type { Clock } from '../ports/clock.ts';
import type {
  DeadLetter,
  DeadLetterPage,
  DeadLetterQuery,
  DeadLetters,
} from '../ports/dead-letters.ts';
import type { HeldDeliveries, HeldKey, HeldQuery } from '../ports/held-deliveries.ts';
import type { IdGenerator } from '../ports/id-generator.ts';

export interface DeadLetterOfficeDependencies {
  readonly service: string;
  readonly deadLetters: DeadLetters;
  readonly held: HeldDeliveries;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly ids: IdGenerator;
  readonly limits: MessageLimits;
  readonly onReplayed: () => void;
}

const PAGE = 100;

/** Where operators look at dead letters and blocked keys, and decide about them. */
export class DeadLetterOffice {
  readonly #with: DeadLetterOfficeDependencies;

  constructor(dependencies: DeadLetterOfficeDependencies) {
    this.#with = dependencies;
  }

  /** One page of at most `limit` (default 50, at most 500) dead letters that match, oldest first. */
  list(
    query: DeadLetterQuery = {},
    page?: { limit?: number; after?: string },
  ): Promise<DeadLetterPage> {
    return this.#with.deadLetters.list(query, page);
  }

  /** Keys whose deliveries wait: for a retry, or blocked by a dead letter. */
  heldKeys(query: HeldQuery = {}): Promise<readonly HeldKey[]> {
    return this.#with.held.list(query);
  }

  /**
   * Gives dead letters back to their subscriptions, with their attempts counted from 0. One that has
   * been replayed already, also by somebody else at the same time, is not replayed again.
   *
   * @returns how many were replayed
   * @throws {@link InvalidOptionsError} for a dead letter that cannot be replayed because it was never
   * readable; discard it, or send the message anew
   */
  async replay(query: DeadLetterQuery): Promise<number> {
    let replayed = 0;
    let after: string | undefined;
    do {
      const page = await this.list(query, {
        limit: PAGE,
        ...(after === undefined ? {} : { after }),
      });
      for (const letter of page.letters) {
        this.#assertReplayable(letter);
        if (await this.#with.deadLetters.replay(letter.id)) replayed += 1;
      }
      after = page.next;
    } while (after !== undefined);
    this.#with.onReplayed();
    return replayed;
  }

  /**
   * Replays one dead letter as another message of the same type: with a new id, caused by the
   * original. The data is validated first.
   *
   * @returns whether it was still dead
   * @throws {@link ValidationError} with every fault of the data
   */
  async replayEdited(letter: DeadLetter, message: Message): Promise<boolean> {
    const { service, ids, clock, limits } = this.#with;
    const original = this.#assertReplayable(letter);
    if (message.type !== original.type) {
      throw new InvalidOptionsError('replayEdited', [
        `the message is a ${message.type}, the dead letter a ${original.type}`,
      ]);
    }
    const edited = await encodeMessage(
      message,
      {
        id: ids.next(),
        source: service,
        time: new Date(clock.now()).toISOString(),
        correlationid: original.correlationid,
        causationid: original.id,
        subject: original.subject,
        partitionkey: original.partitionkey,
        traceparent: original.traceparent,
      },
      limits,
    );
    const replayed = await this.#with.deadLetters.replay(letter.id, { envelope: edited });
    this.#with.onReplayed();
    return replayed;
  }

  /** Gives up on all that match, for good; keys they block go on. Returns how many. */
  async discard(query: DeadLetterQuery): Promise<number> {
    const discarded = await this.#with.deadLetters.discard(query);
    this.#with.onReplayed();
    return discarded;
  }

  #assertReplayable(letter: DeadLetter): Envelope {
    const { id, reason, envelope, subscription } = letter;
    if (this.#with.registry.projections.has(subscription)) {
      throw new InvalidOptionsError('replay', [
        `the dead letter ${id} (${reason}) is an event that the projection "${subscription}" skipped; an event out of its order would make another read model: correct the cause, and rebuild the projection`,
      ]);
    }
    if (envelope !== undefined) return envelope;
    throw new InvalidOptionsError('replay', [
      `the dead letter ${id} (${reason}) has no readable message; discard it, or send the message anew`,
    ]);
  }
}
