import type { Arrival } from '../publishing/outgoing-batch.ts';

/** What processes tell each other, on one channel for all. */
export type News =
  /** Messages came into partitions of subscriptions. */
  | { readonly kind: 'arrived'; readonly arrivals: readonly Omit<Arrival, 'shared'>[] }
  /** Subscriptions are shared by others than before. */
  | { readonly kind: 'changed'; readonly subscriptions: readonly number[] };

/** News as the payload of a notification, with who tells them. */
export function payloadOf(teller: string, news: News): string {
  const parts =
    news.kind === 'arrived'
      ? news.arrivals.map(({ subscription, partitions }) => `${subscription}:${partitions}`)
      : news.subscriptions.map(String);
  return [teller, news.kind, ...parts].join(' ');
}

/** What a payload tells; nothing, where the reader told it himself, or cannot read it: he looks again anyway. */
export function newsIn(payload: string, reader: string): News | undefined {
  const [teller, kind, ...parts] = payload.split(' ');
  if (teller === reader) return undefined;
  if (kind === 'changed') return { kind, subscriptions: parts.map(Number) };
  if (kind !== 'arrived') return undefined;
  const arrivals = parts.map((part) => {
    const [subscription = '', partitions = ''] = part.split(':');
    return { subscription: Number(subscription), partitions: Number(partitions) };
  });
  return { kind, arrivals };
}
