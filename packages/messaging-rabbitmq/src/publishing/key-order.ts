import type { Publication } from '@tidings/core';

import type { OutgoingEntry } from './outgoing-entry.ts';

/**
 * Lets one message of a partition key be on the way at a time. With two, the broker could refuse the
 * first and take the second, and the first, published again, would come after it. Messages of other
 * keys, and those without a key, wait for none.
 *
 * A message that was not taken takes all that wait behind it with it, for the same reason.
 */
export class KeyOrder {
  readonly #waiting = new Map<string, OutgoingEntry[]>();
  readonly #failed = new Set<string>();

  /** Whether the message may be sent now; if not, it waits until the one before it is done. */
  enter(entry: OutgoingEntry): boolean {
    const key = entry.envelope.partitionkey;
    if (key === undefined) return true;
    const waiting = this.#waiting.get(key);
    if (waiting === undefined) {
      this.#waiting.set(key, []);
      return true;
    }
    waiting.push(entry);
    return false;
  }

  /** The message was taken, or never will be; gives the next of its key. */
  done({ envelope: { partitionkey: key } }: OutgoingEntry): OutgoingEntry | undefined {
    if (key === undefined) return undefined;
    const next = this.#waiting.get(key)?.shift();
    if (next === undefined) this.#waiting.delete(key);
    return next;
  }

  /** The message was not taken; gives what waited behind it and does not any more. */
  failed({ envelope: { partitionkey: key } }: OutgoingEntry): readonly OutgoingEntry[] {
    if (key === undefined) return [];
    const behind = this.#waiting.get(key) ?? [];
    this.#waiting.delete(key);
    this.#markFailed(key);
    return behind;
  }

  /** Takes out what waits of a publication; gives what waited behind it and does not any more. */
  drop(publication: Publication): readonly OutgoingEntry[] {
    const behind: OutgoingEntry[] = [];
    for (const [key, waiting] of this.#waiting) {
      const first = waiting.findIndex((entry) => entry.publication === publication);
      if (first < 0) continue;
      behind.push(...waiting.splice(first));
      this.#markFailed(key);
    }
    return behind;
  }

  /** Whether a message of the key failed just now, so that nobody who publishes can know it yet. */
  hasJustFailed(key: string | undefined): boolean {
    return key !== undefined && this.#failed.has(key);
  }

  #markFailed(key: string): void {
    this.#failed.add(key);
    setImmediate(() => this.#failed.delete(key));
  }
}
