/** What contenders get that need a database of their own. */
export interface QueueSettings {
  readonly url: string;
  readonly messages: number;
}

/** How many jobs or deliveries are in the hands of handlers at once. */
export const AT_ONCE = 24;

/** At so many messages a second nobody has to wait for another. In milliseconds between two. */
export const EVERY_MS = 20;

export interface Job {
  readonly n: number;
  readonly note: string;
}

/** About 300 bytes of data. */
export function jobOf(n: number): Job {
  return { n, note: 'x'.repeat(280) };
}
