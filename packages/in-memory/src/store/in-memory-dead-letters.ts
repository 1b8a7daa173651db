import { fingerprintOf, InvalidOptionsError, pageSize } from '@tidings/core';
import type {
  Clock,
  DeadLetter,
  DeadLetterPage,
  DeadLetterQuery,
  DeadLetterReplay,
  DeadLetters,
  DeadLetterToPark,
  Envelope,
  ParkResult,
} from '@tidings/core';

import { cleanText } from './clean-text.ts';
import { deliveryKey, holdingKey } from './delivery-key.ts';
import type { InMemoryHeldDeliveries } from './in-memory-held-deliveries.ts';
import type { InMemoryInbox } from './in-memory-inbox.ts';
import type { Locks } from './locks.ts';

const DEFAULT_PAGE = 50;
const MAX_PAGE = 500;

/** Dead letters in the order in which they were parked. */
export class InMemoryDeadLetters implements DeadLetters {
  readonly #letters = new Map<string, DeadLetter>();
  readonly #clock: Clock;
  readonly #inbox: InMemoryInbox;
  readonly #held: InMemoryHeldDeliveries;
  readonly #locks: Locks;

  constructor(clock: Clock, inbox: InMemoryInbox, held: InMemoryHeldDeliveries, locks: Locks) {
    this.#clock = clock;
    this.#inbox = inbox;
    this.#held = held;
    this.#locks = locks;
  }

  async park(letter: DeadLetterToPark): Promise<ParkResult> {
    const { envelope } = letter;
    return envelope === undefined
      ? this.#store(letter)
      : this.#locks.during(deliveryKey(letter.subscription, envelope.id), () =>
          this.#parkDelivery(letter, envelope),
        );
  }

  async list(
    query: DeadLetterQuery,
    page: { limit?: number; after?: string } = {},
  ): Promise<DeadLetterPage> {
    const matching = this.#matching(query);
    // By the place of the cursor among all letters: its own may have been replayed since.
    const order = [...this.#letters.keys()];
    const passed = new Set(
      order.slice(0, page.after === undefined ? 0 : order.indexOf(page.after) + 1),
    );
    const ahead = matching.filter(({ id }) => !passed.has(id));
    const letters = ahead.slice(0, pageSize(page.limit ?? DEFAULT_PAGE, MAX_PAGE));
    const last = letters.at(-1);
    return {
      total: matching.length,
      letters,
      ...(last !== undefined && last !== ahead.at(-1) && { next: last.id }),
    };
  }

  async replay(id: string, { envelope: edited }: DeadLetterReplay = {}): Promise<boolean> {
    const letter = this.#letters.get(id);
    if (letter?.state !== 'dead') return false;
    const envelope = edited ?? letter.envelope;
    if (envelope === undefined) {
      throw new InvalidOptionsError(`the replay of dead letter ${id}`, [
        'it has no envelope, so an edited one is needed',
      ]);
    }
    const { subscription } = letter;
    const fresh = envelope.id !== letter.envelope?.id;
    if (
      fresh &&
      (this.#inbox.has(subscription, envelope.id) || this.#held.has(subscription, envelope.id))
    ) {
      throw new InvalidOptionsError(`the replay of dead letter ${id}`, [
        'the id of the edited envelope was used before',
      ]);
    }
    this.#settle(letter, 'replayed', envelope);
    return true;
  }

  async discard(query: DeadLetterQuery): Promise<number> {
    const letters = this.#matching(query).filter(({ state }) => state === 'dead');
    for (const letter of letters) this.#settle(letter, 'discarded', undefined);
    return letters.length;
  }

  #parkDelivery(letter: DeadLetterToPark, envelope: Envelope): ParkResult {
    const { subscription, claim } = letter;
    const held = claim && this.#held.claimed(claim);
    const fingerprint = fingerprintOf(envelope);
    const applied = this.#inbox.fingerprint(subscription, envelope.id);
    if (applied !== undefined) {
      if (applied !== fingerprint) return 'conflict';
      if (held !== undefined) this.#held.remove(held);
      return 'duplicate';
    }
    if (claim !== undefined && held === undefined) return 'lost';
    const waiting = claim === undefined && this.#held.fingerprint(subscription, envelope.id);
    // One that waits already will be dealt with in its turn.
    if (waiting === fingerprint) return 'duplicate';
    if (typeof waiting === 'number') return 'conflict';
    const isToBlock = claim === undefined && letter.block;
    if (isToBlock && this.#held.isHeld(subscription, holdingKey(envelope))) return 'held';
    if (this.#store(letter) === 'duplicate') return 'duplicate';
    this.#inbox.park(subscription, envelope.id, fingerprint);
    if (held === undefined) {
      if (letter.block) this.#block(letter, envelope);
    } else if (letter.block) {
      this.#held.block(held, envelope, letter.id);
    } else {
      this.#held.remove(held);
    }
    return 'parked';
  }

  #block({ id, subscription, attempts }: DeadLetterToPark, envelope: Envelope): void {
    this.#held.add({
      subscription,
      envelope,
      key: holdingKey(envelope),
      attempts,
      dueIn: 0,
      deadLetterId: id,
    });
  }

  /** Keeps a dead letter that is no delivery's. */
  keep(letter: DeadLetterToPark): void {
    this.#store(letter);
  }

  #store(letter: DeadLetterToPark): 'parked' | 'duplicate' {
    if (this.#letters.has(letter.id)) return 'duplicate';
    const { claim: _claim, block, ...kept } = letter;
    this.#letters.set(letter.id, {
      ...kept,
      ...(letter.bytes && { bytes: letter.bytes.slice() }),
      error: cleanText(letter.error),
      state: 'dead',
      blocking: block && letter.envelope !== undefined,
      parkedAt: new Date(this.#clock.now()).toISOString(),
    });
    return 'parked';
  }

  /** Ends a dead letter, and gives `envelope`, if any, to its subscription. */
  #settle(
    letter: DeadLetter,
    state: 'replayed' | 'discarded',
    envelope: Envelope | undefined,
  ): void {
    const { id, subscription, envelope: original } = letter;
    this.#letters.set(id, { ...letter, state, blocking: false });
    const blocked = original && this.#held.blockedBy(id, subscription, original.id);
    if (original !== undefined) {
      this.#inbox.unpark(subscription, original.id);
      if (envelope?.id !== original.id) {
        this.#inbox.add(subscription, original.id, fingerprintOf(original));
      }
    }
    if (blocked !== undefined && envelope !== undefined && holdingKey(envelope) === blocked.key) {
      this.#held.revive(blocked, envelope);
      return;
    }
    if (blocked !== undefined) this.#held.remove(blocked);
    if (envelope !== undefined) {
      this.#held.add({ subscription, envelope, key: holdingKey(envelope), attempts: 0, dueIn: 0 });
    }
  }

  #matching(query: DeadLetterQuery): readonly DeadLetter[] {
    const { ids, subscription, type, reason, from, to, state = 'dead' } = query;
    const reasons = typeof reason === 'string' ? [reason] : reason;
    return [...this.#letters.values()].filter(
      (letter) =>
        letter.state === state &&
        (ids === undefined || ids.includes(letter.id)) &&
        (subscription === undefined || letter.subscription === subscription) &&
        (type === undefined || letter.envelope?.type === type) &&
        (reasons === undefined || reasons.includes(letter.reason)) &&
        (from === undefined || letter.parkedAt >= new Date(from).toISOString()) &&
        (to === undefined || letter.parkedAt < new Date(to).toISOString()),
    );
  }
}
