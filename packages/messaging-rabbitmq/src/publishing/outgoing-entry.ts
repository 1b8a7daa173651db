import type { Envelope, Publication } from '@tidings/core';

/** One message of a call of `publish`, until the broker has confirmed it. */
export interface OutgoingEntry {
  readonly envelope: Envelope;
  readonly republished: boolean;
  readonly bytes: Buffer;
  readonly publication: Publication;
}
