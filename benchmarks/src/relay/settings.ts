export interface RelaySettings {
  /** A database of its own, with the tables of Tidings. */
  readonly url: string;
  /** How many messages go before those that are measured. */
  readonly warmUp: number;
  readonly messages: number;
}

export const TYPE = 'bench.Happened';

/** How many messages are read and published at once: the relay's default. */
export const BATCH = 500;

/** About 300 bytes of data for each message. */
export const BODY = JSON.stringify({
  orderId: '0f0e4c9c-2a2b-4c7c-9d5e-3f1b7a6d5c4b',
  sku: 'SMALL-TABLE',
  qty: 2,
  note: 'x'.repeat(220),
});
