import type { TransportSubscription } from '../ports/transport.ts';
import type { Persistence } from '../ports/persistence.ts';
import type { Position } from '../ports/message-log.ts';
import { RELAY } from '../relay/relay.ts';

const BATCH = 500;
/** The most that held keys can be asked for. */
const MAX_KEYS = 1000;

/**
 * Which messages a transport that keeps them has not delivered yet. Nobody can be asked for that but the
 * inbox: any process may deal with them.
 */
export class MessagesOnTheWay {
  readonly #persistence: Persistence;
  readonly #subscriptions: readonly TransportSubscription[];
  /** All up to here have been dealt with. */
  #dealtWith: Position = 0;

  constructor(persistence: Persistence, subscriptions: readonly TransportSubscription[]) {
    this.#persistence = persistence;
    this.#subscriptions = subscriptions;
  }

  /** Leaves out of account what was published before. */
  async begin(): Promise<void> {
    this.#dealtWith = await this.#persistence.checkpoints.read(RELAY);
  }

  /** Whether a message of the log still has to reach a subscription; one that is held by the store has. */
  async areThere(): Promise<boolean> {
    const { log } = this.#persistence;
    const held = await this.#heldCount();
    let missing = 0;
    let after = this.#dealtWith;
    for (;;) {
      const messages = await log.read(after, BATCH);
      const last = messages.at(-1);
      if (last === undefined) return false;
      for (const { name, types } of this.#subscriptions) {
        const ids = messages
          .filter(({ envelope }) => types.includes(envelope.type))
          .map(({ envelope }) => envelope.id);
        missing += await this.#missingCount(name, ids);
      }
      if (missing > held) return true;
      after = last.position;
      if (missing === 0) this.#dealtWith = after;
    }
  }

  /** How many have neither been applied nor become dead letters, of the subscription or of the relay. */
  async #missingCount(subscription: string, ids: readonly string[]): Promise<number> {
    if (ids.length === 0) return 0;
    const { inbox } = this.#persistence;
    const dealtWith = new Set(await inbox.applied(subscription, ids));
    const missing = ids.filter((id) => !dealtWith.has(id));
    if (missing.length === 0) return 0;
    return missing.length - (await inbox.applied(RELAY, missing)).length;
  }

  /** How many deliveries the store holds. The head of a blocked key is a dead letter. */
  async #heldCount(): Promise<number> {
    const own = new Set(this.#subscriptions.map(({ name }) => name));
    const keys = await this.#persistence.held.list({ limit: MAX_KEYS });
    return keys
      .filter(({ subscription }) => own.has(subscription))
      .reduce((sum, { depth, state }) => sum + depth - (state === 'blocked' ? 1 : 0), 0);
  }
}
