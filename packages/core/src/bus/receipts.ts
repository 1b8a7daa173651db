import { WaitTimeoutError } from '../errors/app-errors.ts';
import type { Clock } from '../ports/clock.ts';

const DEFAULT_TIMEOUT_MS = 5000;
/** Another process may apply a delivery, and nobody tells: the store is asked this often. */
const POLL_MS = 50;

interface Waiter {
  readonly missing: Set<string>;
  readonly wake: () => void;
}

/** Those of `messageIds` that a subscription, or a projection, has dealt with. */
export type DealtWith = (name: string, messageIds: readonly string[]) => Promise<readonly string[]>;

export interface ReceiptWaitOptions {
  /** Default 5000. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Whether the store is asked before anything: it may have been dealt with long ago. Default `false`. */
  readonly lookFirst?: boolean;
}

/**
 * Tells when a subscription or a projection has dealt with given messages, whichever process does it. What this process
 * does is noticed at once.
 */
export class Receipts {
  readonly #dealtWith: DealtWith;
  readonly #clock: Clock;
  readonly #waiters = new Map<string, Set<Waiter>>();

  constructor(dealtWith: DealtWith, clock: Clock) {
    this.#dealtWith = dealtWith;
    this.#clock = clock;
  }

  /** A delivery was applied, or became a dead letter, in this process. */
  settled(subscription: string, messageId: string): void {
    const waiters = this.#waiters.get(subscription);
    if (waiters === undefined) return;
    for (const waiter of waiters) {
      if (waiter.missing.delete(messageId) && waiter.missing.size === 0) waiter.wake();
    }
  }

  /**
   * Resolves once `subscription` has dealt with all of `messageIds`.
   *
   * @throws {@link WaitTimeoutError} when that takes longer
   */
  async wait(
    subscription: string,
    messageIds: readonly string[],
    { timeoutMs = DEFAULT_TIMEOUT_MS, signal, lookFirst = false }: ReceiptWaitOptions = {},
  ): Promise<void> {
    const deadline = this.#clock.monotonic() + timeoutMs;
    let woken = new AbortController();
    const waiter: Waiter = { missing: new Set(messageIds), wake: () => woken.abort() };
    const waiters = this.#waiters.get(subscription) ?? new Set();
    this.#waiters.set(subscription, waiters.add(waiter));
    try {
      for (let looks = lookFirst ? 0 : 1; ; looks += 1) {
        // Otherwise the first look gives this process the time to apply it without a query.
        const left = deadline - this.#clock.monotonic();
        if (waiter.missing.size > 0 && looks > 0)
          await this.#clock.sleep(Math.min(POLL_MS, left), anyOf(woken.signal, signal));
        signal?.throwIfAborted();
        if (waiter.missing.size === 0) return;
        const applied = await this.#dealtWith(subscription, [...waiter.missing]);
        for (const id of applied) waiter.missing.delete(id);
        if (waiter.missing.size === 0) return;
        if (this.#clock.monotonic() >= deadline) {
          throw new WaitTimeoutError(`That "${subscription}" has applied the change`, timeoutMs, {
            subscription,
          });
        }
        woken = new AbortController();
      }
    } finally {
      waiters.delete(waiter);
      if (waiters.size === 0) this.#waiters.delete(subscription);
    }
  }
}

function anyOf(own: AbortSignal, callers: AbortSignal | undefined): AbortSignal {
  return callers === undefined ? own : AbortSignal.any([own, callers]);
}
