/** A lease as its holder knows it. */
export interface LeaseGrant {
  readonly name: string;
  readonly owner: string;
  /** Grows whenever the lease changes hands; writes of a former holder are refused by it. */
  readonly epoch: number;
}

/**
 * Named leases with expiry by the store's clock. A holder may be slow or paused past the expiry, so
 * whatever it writes must be fenced by the epoch.
 */
export interface Leases {
  /** Takes the lease when it is free, expired, or `owner`'s already; `undefined` when somebody else has it. */
  acquire(name: string, owner: string, ttlMs: number): Promise<LeaseGrant | undefined>;
  /** Extends the lease; `false` when it has moved on. */
  renew(grant: LeaseGrant, ttlMs: number): Promise<boolean>;
  /** Gives the lease up, so that another need not wait for its expiry. A no-op when it has moved on. */
  release(grant: LeaseGrant): Promise<void>;
}
