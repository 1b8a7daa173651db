import type { Consumer, Deliver, Delivery, Envelope, Transport } from '@tidings/core';

import { eventually } from '../../eventually.ts';
import type { Row } from '../row.ts';
import type { TransportCapability, TransportFixture } from './transport-harness.ts';

export type TransportRow = Row<TransportFixture, TransportCapability>;

/** An event as a relay publishes it. */
export function eventOf(id: string, attributes: Partial<Envelope> = {}): Envelope {
  return {
    id,
    kind: 'event',
    type: 'conformance.Happened',
    source: 'conformance',
    time: '2026-01-01T00:00:00.000Z',
    dataversion: 1,
    correlationid: `correlation of ${id}`,
    body: JSON.stringify({ id }),
    ...attributes,
  };
}

/** `count` events `e0`, `e1` …; `keys` of them with as many keys in turns. */
export function eventsOf(count: number, keys = 0, attributes: Partial<Envelope> = {}): Envelope[] {
  return Array.from({ length: count }, (_, index) =>
    eventOf(`e${index}`, {
      ...(keys > 0 && { partitionkey: `key ${index % keys}` }),
      ...attributes,
    }),
  );
}

/** Declares subscriptions to events of the usual type. */
export async function declare(transport: Transport, ...names: readonly string[]): Promise<void> {
  await transport.declare(
    names.map((name) => ({ name, kind: 'event', types: ['conformance.Happened'] })),
  );
}

/**
 * Publishes. A transport that keeps nothing resolves only when all is settled, so a test that has yet
 * to subscribe must not wait for it; a failure is reported to whoever does wait.
 */
export function publish(transport: Transport, envelopes: readonly Envelope[]): Promise<void> {
  const published = transport.publish(
    envelopes.map((envelope) => ({ envelope, republished: false })),
  );
  published.catch(() => {});
  return published;
}

/** Publishes, and waits for the promise where the transport keeps what it takes. */
export async function publishFirst(
  transport: Transport,
  envelopes: readonly Envelope[],
): Promise<{ readonly published: Promise<void> }> {
  const published = publish(transport, envelopes);
  if (transport.capabilities.durable) await published;
  return { published };
}

/** The message of a delivery. */
export function envelopeOf({ message }: Delivery): Envelope {
  if ('unreadable' in message) throw new Error(`the message cannot be read: ${message.reason}`);
  return message;
}

/** A consumer that remembers what it got. */
export interface Recorder {
  readonly consumer: Consumer;
  /** What was delivered, settled or not, in the order of delivery. */
  readonly deliveries: readonly Delivery[];
  readonly ids: () => readonly string[];
}

export interface RecordOptions {
  readonly concurrency?: number;
  /** What to do with each delivery. Default: settle it. */
  readonly deliver?: Deliver;
}

/** Consumes a subscription. */
export async function record(
  transport: Transport,
  name: string,
  { concurrency = 10, deliver = async () => 'settle' }: RecordOptions = {},
): Promise<Recorder> {
  const deliveries: Delivery[] = [];
  const consumer = await transport.subscribe(
    name,
    (delivery) => {
      deliveries.push(delivery);
      return deliver(delivery);
    },
    { concurrency },
  );
  return { consumer, deliveries, ids: () => deliveries.map((delivery) => envelopeOf(delivery).id) };
}

/** Waits until `count` deliveries came, to all recorders together. */
export async function received(count: number, ...recorders: readonly Recorder[]): Promise<void> {
  await eventually(
    () => recorders.reduce((sum, { deliveries }) => sum + deliveries.length, 0) >= count,
    {
      timeoutMs: 30_000,
      what: `that ${count} deliveries come`,
    },
  );
}

export const sorted = (ids: readonly string[]): readonly string[] => ids.toSorted();
export const idsOf = (envelopes: readonly Envelope[]): readonly string[] =>
  envelopes.map(({ id }) => id);
