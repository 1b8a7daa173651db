import type { Envelope, HeldClaim } from '@tidings/core';

/** A delivery that waits in the store. */
export interface HeldEntry {
  readonly id: string;
  readonly subscription: string;
  readonly key: string;
  envelope: Envelope;
  attempts: number;
  /** By the monotonic clock; of one that is claimed, when the claim expires. */
  dueAt: number;
  error: string | undefined;
  /** Of the last claim. */
  token: string | undefined;
  /** A unit of work is applying it: whatever its claim's expiry says, nobody else gets it. */
  inUse: boolean;
  /** The dead letter that it has become; it blocks its key. */
  deadLetterId: string | undefined;
}

export function matchesClaim(entry: HeldEntry | undefined, claim: HeldClaim): entry is HeldEntry {
  return entry !== undefined && entry.id === claim.heldId && entry.token === claim.token;
}
