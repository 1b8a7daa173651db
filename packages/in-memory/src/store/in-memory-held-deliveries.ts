import { fingerprintOf, pageSize } from '@tidings/core';
import type {
  ClaimedDelivery,
  Clock,
  DeliveryToHold,
  Envelope,
  HeldClaim,
  HeldDeliveries,
  HeldKey,
  HeldQuery,
  KeyOfSubscription,
} from '@tidings/core';

import { deliveryKey } from './delivery-key.ts';
import { type HeldEntry, matchesClaim } from './held-entry.ts';
import type { InMemoryInbox } from './in-memory-inbox.ts';
import type { Locks } from './locks.ts';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1000;

/** Held deliveries in one queue per subscription and key. */
export class InMemoryHeldDeliveries implements HeldDeliveries {
  readonly #queues = new Map<string, Map<string, HeldEntry[]>>();
  readonly #entries = new Map<string, HeldEntry>();
  readonly #clock: Clock;
  readonly #inbox: InMemoryInbox;
  readonly #locks: Locks;
  #lastId = 0;

  constructor(clock: Clock, inbox: InMemoryInbox, locks: Locks) {
    this.#clock = clock;
    this.#inbox = inbox;
    this.#locks = locks;
  }

  async hold(delivery: DeliveryToHold): Promise<'held' | 'duplicate' | 'conflict'> {
    const { subscription, envelope, key, attempts, dueIn, error } = delivery;
    return this.#locks.during(deliveryKey(subscription, envelope.id), () => {
      const known =
        this.#inbox.fingerprint(subscription, envelope.id) ??
        this.fingerprint(subscription, envelope.id);
      if (known !== undefined) return known === fingerprintOf(envelope) ? 'duplicate' : 'conflict';
      this.add({ subscription, envelope, key, attempts, dueIn, error });
      return 'held';
    });
  }

  async claim(
    subscriptions: readonly string[],
    limit: number,
    leaseMs: number,
    except: readonly KeyOfSubscription[] = [],
  ): Promise<readonly ClaimedDelivery[]> {
    const now = this.#clock.monotonic();
    const isLeft = ({ subscription, key }: KeyOfSubscription): boolean =>
      except.some((left) => left.subscription === subscription && left.key === key);
    return this.#heads(subscriptions)
      .filter((head) => head.deadLetterId === undefined && !head.inUse && head.dueAt <= now)
      .filter((head) => !isLeft(head))
      .toSorted((left, right) => left.dueAt - right.dueAt)
      .slice(0, limit)
      .map((head) => {
        head.token = `${head.id}:${(this.#lastId += 1)}`;
        head.dueAt = now + leaseMs;
        head.attempts += 1;
        const { id: heldId, subscription, key, token, envelope, attempts } = head;
        return { claim: { heldId, subscription, key, token }, envelope, attempts };
      });
  }

  async renew(claims: readonly HeldClaim[], leaseMs: number): Promise<void> {
    for (const claim of claims) {
      const entry = this.claimed(claim);
      if (entry !== undefined) entry.dueAt = this.#clock.monotonic() + leaseMs;
    }
  }

  async release(claim: HeldClaim, dueIn: number, error?: string, attempts?: number): Promise<void> {
    const entry = this.claimed(claim);
    if (entry === undefined) return;
    entry.token = undefined;
    entry.dueAt = this.#clock.monotonic() + dueIn;
    entry.error = error ?? entry.error;
    entry.attempts = attempts ?? entry.attempts;
  }

  async list({
    subscription,
    state,
    limit = DEFAULT_LIMIT,
  }: HeldQuery): Promise<readonly HeldKey[]> {
    const subscriptions = subscription === undefined ? [...this.#queues.keys()] : [subscription];
    const toWallClock = this.#clock.now() - this.#clock.monotonic();
    return this.#heads(subscriptions)
      .filter((head) => state === undefined || state === stateOf(head))
      .toSorted((left, right) => left.dueAt - right.dueAt)
      .slice(0, pageSize(limit, MAX_LIMIT))
      .map((head) => ({
        subscription: head.subscription,
        key: head.key,
        state: stateOf(head),
        depth: this.#queue(head).length,
        dueAt: new Date(head.dueAt + toWallClock).toISOString(),
      }));
  }

  async waiting(subscriptions: readonly string[]): Promise<{ count: number; nextDueIn?: number }> {
    const heads = this.#heads(subscriptions).filter((head) => head.deadLetterId === undefined);
    if (heads.length === 0) return { count: 0 };
    const nextDueAt = heads.reduce((least, { dueAt }) => Math.min(least, dueAt), Infinity);
    return {
      count: heads.reduce((sum, head) => sum + this.#queue(head).length, 0),
      nextDueIn: nextDueAt - this.#clock.monotonic(),
    };
  }

  /** Whether this delivery is held. */
  has(subscription: string, messageId: string): boolean {
    return this.#entries.has(deliveryKey(subscription, messageId));
  }

  /** The fingerprint of the message that is held. */
  fingerprint(subscription: string, messageId: string): number | undefined {
    const entry = this.#entries.get(deliveryKey(subscription, messageId));
    return entry && fingerprintOf(entry.envelope);
  }

  /** Whether deliveries of this key have to wait. */
  isHeld(subscription: string, key: string): boolean {
    return this.#queues.get(subscription)?.has(key) ?? false;
  }

  /** The delivery that the claim is for, unless the claim has moved on. */
  claimed(claim: HeldClaim): HeldEntry | undefined {
    const head = this.#queues.get(claim.subscription)?.get(claim.key)?.[0];
    return matchesClaim(head, claim) ? head : undefined;
  }

  /** Adds at the end of the key. What has others before it is due as soon as they are gone. */
  add(delivery: {
    readonly subscription: string;
    readonly envelope: Envelope;
    readonly key: string;
    readonly attempts: number;
    readonly dueIn: number;
    readonly error?: string | undefined;
    readonly deadLetterId?: string;
  }): void {
    const { subscription, envelope, key, attempts, dueIn, error, deadLetterId } = delivery;
    const keys = this.#queues.get(subscription) ?? new Map<string, HeldEntry[]>();
    this.#queues.set(subscription, keys);
    const queue = keys.get(key) ?? [];
    keys.set(key, queue);
    const dueAt = this.#clock.monotonic() + (queue.length === 0 ? dueIn : 0);
    const id = String((this.#lastId += 1));
    const entry = {
      id,
      subscription,
      key,
      envelope,
      attempts,
      dueAt,
      error,
      token: undefined,
      inUse: false,
      deadLetterId,
    };
    queue.push(entry);
    this.#entries.set(deliveryKey(subscription, envelope.id), entry);
  }

  /** Takes a delivery off its key; the next one is due. */
  remove(entry: HeldEntry): void {
    const keys = this.#queues.get(entry.subscription);
    const queue = this.#queue(entry);
    queue.splice(queue.indexOf(entry), 1);
    if (queue.length === 0) keys?.delete(entry.key);
    this.#entries.delete(deliveryKey(entry.subscription, entry.envelope.id));
  }

  /** The held delivery that a dead letter blocks its key with. */
  blockedBy(deadLetterId: string, subscription: string, messageId: string): HeldEntry | undefined {
    const entry = this.#entries.get(deliveryKey(subscription, messageId));
    return entry?.deadLetterId === deadLetterId ? entry : undefined;
  }

  /** The delivery has become a dead letter, which holds its key in its place. */
  block(entry: HeldEntry, envelope: Envelope, deadLetterId: string): void {
    this.#replace(entry, envelope);
    entry.deadLetterId = deadLetterId;
    entry.token = undefined;
  }

  /** A dead letter that blocks its key is to be tried again, maybe edited, in its old place. */
  revive(entry: HeldEntry, envelope: Envelope): void {
    this.#replace(entry, envelope);
    entry.attempts = 0;
    entry.error = undefined;
    entry.deadLetterId = undefined;
    entry.dueAt = this.#clock.monotonic();
  }

  #replace(entry: HeldEntry, envelope: Envelope): void {
    this.#entries.delete(deliveryKey(entry.subscription, entry.envelope.id));
    this.#entries.set(deliveryKey(entry.subscription, envelope.id), entry);
    entry.envelope = envelope;
  }

  #queue(entry: HeldEntry): HeldEntry[] {
    return this.#queues.get(entry.subscription)?.get(entry.key) ?? [];
  }

  #heads(subscriptions: readonly string[]): readonly HeldEntry[] {
    return subscriptions.flatMap((subscription) =>
      [...(this.#queues.get(subscription)?.values() ?? [])].flatMap((queue) => queue.slice(0, 1)),
    );
  }
}

function stateOf(head: HeldEntry): 'due' | 'blocked' {
  return head.deadLetterId === undefined ? 'due' : 'blocked';
}
