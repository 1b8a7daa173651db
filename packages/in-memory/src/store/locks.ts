import { ConcurrencyError } from '@tidings/core';

/** Somebody who holds locks, and waits for at most one at a time. */
export interface LockOwner {
  waitsFor: Lock | undefined;
}

interface Lock {
  owner: LockOwner;
  readonly waiting: { readonly owner: LockOwner; readonly resolve: () => void }[];
}

/** Named locks, handed on in the order in which they were asked for. */
export class Locks {
  readonly #locks = new Map<string, Lock>();

  /**
   * Takes a lock that `owner` does not have: at once (`undefined`), or when the promise resolves.
   *
   * @throws ConcurrencyError when waiting would never end, because the lock's owner waits for `owner`
   */
  acquire(name: string, owner: LockOwner): Promise<void> | undefined {
    const lock = this.#locks.get(name);
    if (lock === undefined) {
      this.#locks.set(name, { owner, waiting: [] });
      return undefined;
    }
    for (let next: Lock | undefined = lock; next !== undefined; next = next.owner.waitsFor) {
      if (next.owner === owner)
        throw new ConcurrencyError('What two units of work wait for', { deadlock: true });
    }
    owner.waitsFor = lock;
    return new Promise((resolve) => lock.waiting.push({ owner, resolve }));
  }

  /** Does `work` while nobody else has the lock. */
  async during<T>(name: string, work: () => T): Promise<T> {
    await this.acquire(name, { waitsFor: undefined });
    try {
      return work();
    } finally {
      this.release(name);
    }
  }

  /** Hands a lock on to the one who has waited longest. */
  release(name: string): void {
    const lock = this.#locks.get(name);
    const next = lock?.waiting.shift();
    if (lock === undefined || next === undefined) {
      this.#locks.delete(name);
      return;
    }
    lock.owner = next.owner;
    next.owner.waitsFor = undefined;
    next.resolve();
  }
}
