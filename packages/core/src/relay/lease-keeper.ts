import type { Clock } from '../ports/clock.ts';
import type { LeaseGrant, Leases } from '../ports/leases.ts';

/** A renewal is tried this many times within the time a lease lasts. */
const RENEWALS_PER_TTL = 3;

/**
 * Keeps one lease for as long as it can. The holder trusts it only for the lease's time counted from
 * before the last renewal was asked for, by a clock that does not jump, so it stops before
 * anybody else can start.
 */
export class LeaseKeeper {
  readonly #leases: Leases;
  readonly #clock: Clock;
  readonly #ttlMs: number;
  readonly #lost = new AbortController();
  readonly grant: LeaseGrant;
  #trustedUntil: number;
  #renewing: Promise<void> | undefined;

  private constructor(
    leases: Leases,
    clock: Clock,
    ttlMs: number,
    grant: LeaseGrant,
    asked: number,
  ) {
    this.#leases = leases;
    this.#clock = clock;
    this.#ttlMs = ttlMs;
    this.grant = grant;
    this.#trustedUntil = asked + ttlMs;
  }

  /** Takes the lease, or resolves with `undefined` when somebody else has it. */
  static async acquire(
    leases: Leases,
    clock: Clock,
    name: string,
    owner: string,
    ttlMs: number,
  ): Promise<LeaseKeeper | undefined> {
    const asked = clock.monotonic();
    const grant = await leases.acquire(name, owner, ttlMs);
    if (grant === undefined) return undefined;
    const keeper = new LeaseKeeper(leases, clock, ttlMs, grant, asked);
    keeper.#renewing = keeper.#renew();
    return keeper;
  }

  /** Whether the lease can be trusted right now. */
  get isHeld(): boolean {
    return !this.#lost.signal.aborted && this.#clock.monotonic() < this.#trustedUntil;
  }

  /** Marks the lease as lost, because a write under it was refused. */
  lose(): void {
    this.#lost.abort();
  }

  /** Stops renewing and gives the lease up, so that another need not wait for its expiry. */
  async release(): Promise<void> {
    const wasHeld = this.isHeld;
    this.#lost.abort();
    await this.#renewing;
    if (wasHeld) await this.#leases.release(this.grant);
  }

  async #renew(): Promise<void> {
    const { signal } = this.#lost;
    for (;;) {
      await this.#clock.sleep(this.#ttlMs / RENEWALS_PER_TTL, signal);
      if (signal.aborted) return;
      const asked = this.#clock.monotonic();
      try {
        if (await this.#leases.renew(this.grant, this.#ttlMs))
          this.#trustedUntil = asked + this.#ttlMs;
        else this.#lost.abort();
      } catch {
        // The store cannot be reached: the next renewal may succeed, and trust runs out by itself.
      }
    }
  }
}
