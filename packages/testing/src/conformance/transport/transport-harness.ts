import type { Transport } from '@tidings/core';

import type { Harness } from '../row.ts';

/** What transports differ in. */
export type TransportCapability =
  /** As `Transport.capabilities.ordered`: deliveries of one key keep the order of publishing. */
  | 'ordered'
  /** A subscription declared later gets what was published before. */
  | 'replay'
  /** The fixture can bring about that messages are not taken. */
  | 'refusals';

/** A way to make the transport not take messages. */
export interface Refusal {
  /** Completes the sentence "publishing fails when …". */
  readonly name: string;
  /** Brings it about, until the function that it gives is called. */
  readonly provoke: () => Promise<() => Promise<void>>;
}

/** One transport for one test. */
export interface TransportFixture {
  readonly transport: Transport;
  /** Another connection of the same service, as another process would have it; the same one where there is no other. */
  readonly second: () => Promise<Transport>;
  readonly refusals?: readonly Refusal[];
  readonly dispose: () => Promise<void>;
}

/** How a transport lets itself be tested by {@link transportConformance}. */
export type TransportHarness = Harness<TransportFixture, TransportCapability>;
