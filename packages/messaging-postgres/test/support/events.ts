import type { Envelope, Transport } from '@tidings/core';

/** An event as a relay publishes it. */
export function eventOf(id: string, attributes: Partial<Envelope> = {}): Envelope {
  return {
    id,
    kind: 'event',
    type: 'test.Happened',
    source: 'test',
    time: '2026-01-01T00:00:00.000Z',
    dataversion: 1,
    correlationid: `correlation of ${id}`,
    body: JSON.stringify({ id }),
    ...attributes,
  };
}

/** `count` events `e0`, `e1` …, of as many keys in turns. */
export function eventsOf(count: number, keys: number): Envelope[] {
  return Array.from({ length: count }, (_, index) =>
    eventOf(`e${index}`, { partitionkey: `key ${index % keys}` }),
  );
}

export function publishAll(transport: Transport, envelopes: readonly Envelope[]): Promise<void> {
  return transport.publish(envelopes.map((envelope) => ({ envelope, republished: false })));
}
