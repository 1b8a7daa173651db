import type { Clock, LeaseGrant, Leases } from '@tidings/core';

interface Lease {
  owner: string | undefined;
  epoch: number;
  expiresAt: number;
}

/** Leases that expire by the monotonic clock. */
export class InMemoryLeases implements Leases {
  readonly #leases = new Map<string, Lease>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async acquire(name: string, owner: string, ttlMs: number): Promise<LeaseGrant | undefined> {
    const now = this.#clock.monotonic();
    const lease = this.#leases.get(name) ?? { owner: undefined, epoch: 0, expiresAt: 0 };
    const live = lease.owner !== undefined && lease.expiresAt > now;
    if (live && lease.owner !== owner) return undefined;
    // An owner who comes back after the expiry may have stale writers of its own: it is a new epoch.
    if (!live) lease.epoch += 1;
    lease.owner = owner;
    lease.expiresAt = now + ttlMs;
    this.#leases.set(name, lease);
    return { name, owner, epoch: lease.epoch };
  }

  async renew(grant: LeaseGrant, ttlMs: number): Promise<boolean> {
    const lease = this.#held(grant);
    if (lease === undefined) return false;
    lease.expiresAt = this.#clock.monotonic() + ttlMs;
    return true;
  }

  async release(grant: LeaseGrant): Promise<void> {
    const lease = this.#held(grant);
    if (lease !== undefined) lease.owner = undefined;
  }

  /** Whether what is written under the grant may be: nobody else has had the lease since. */
  isCurrent(grant: LeaseGrant): boolean {
    return this.#held(grant) !== undefined;
  }

  #held({ name, owner, epoch }: LeaseGrant): Lease | undefined {
    const lease = this.#leases.get(name);
    return lease?.owner === owner && lease.epoch === epoch ? lease : undefined;
  }
}
