export const SERVICE = 'benchmark';
export const TYPE = 'bench.Happened';
export const EVENTS = 'tidings.events';
export const SUBSCRIPTION = 'sink';
export const QUEUE: string = `${SERVICE}.${SUBSCRIPTION}`;

/** How many messages may be unconfirmed: what Tidings has by default. */
export const WINDOW = 1000;
export const PREFETCH = 100;
export const CONCURRENCY = 8;
/** Messages are of so many keys in turns. */
export const KEYS = 1000;
/** For the latency. */
export const PER_SECOND = 50;

/** About 300 bytes of data. */
export const DATA = {
  orderId: '0f0e4c9c-2a2b-4c7c-9d5e-3f1b7a6d5c4b',
  sku: 'SMALL-TABLE',
  qty: 2,
  note: 'x'.repeat(220),
};
export const BODY: string = JSON.stringify(DATA);
