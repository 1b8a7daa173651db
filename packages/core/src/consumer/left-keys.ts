import type { Clock } from '../ports/clock.ts';
import type { KeyOfSubscription } from '../ports/held-deliveries.ts';

/** Long enough for others to get ahead, and short enough where there are none. */
const LEAVE_MS = 10_000;
/** More are not remembered; what is forgotten is tried here in vain, and left anew. */
const MAX_KEYS = 1000;

/**
 * Keys in which something came that this build is too old for. For a while it leaves what is held of them
 * to others: a newer build that has given the message back is not to race with this one for it.
 */
export class LeftKeys {
  readonly #clock: Clock;
  readonly #keys = new Map<string, KeyOfSubscription & { readonly until: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  leave(subscription: string, key: string): void {
    const id = `${subscription} ${key}`;
    // The last one is at the end.
    this.#keys.delete(id);
    this.#keys.set(id, { subscription, key, until: this.#clock.monotonic() + LEAVE_MS });
    const [oldest] = this.#keys.keys();
    if (this.#keys.size > MAX_KEYS && oldest !== undefined) this.#keys.delete(oldest);
  }

  /** Those that are left now. */
  current(): readonly KeyOfSubscription[] {
    const now = this.#clock.monotonic();
    for (const [id, { until }] of this.#keys) if (until <= now) this.#keys.delete(id);
    return [...this.#keys.values()];
  }
}
