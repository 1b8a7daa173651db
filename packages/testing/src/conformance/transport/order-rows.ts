import type { Deliver, Envelope } from '@tidings/core';
import { expect } from 'vitest';

import { eventually, neverWithin } from '../../eventually.ts';
import { gate } from '../../gate.ts';
import {
  declare,
  envelopeOf,
  eventOf,
  eventsOf,
  idsOf,
  publish,
  received,
  record,
  type TransportRow,
} from './helpers.ts';

const byKey = (envelopes: readonly Envelope[]): Map<string | undefined, string[]> =>
  envelopes.reduce((keys, { partitionkey, id }) => {
    const ids = keys.get(partitionkey) ?? [];
    return keys.set(partitionkey, [...ids, id]);
  }, new Map<string | undefined, string[]>());

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** T6 and T7: one key at a time, in the order of publishing. */
export const orderRows: readonly TransportRow[] = [
  {
    id: 'T6',
    title: 'the next of a key is held back until the one before is settled; other keys are not',
    async run({ transport }) {
      await declare(transport, 's');
      const first = gate();
      const deliver: Deliver = async (delivery) => {
        if (envelopeOf(delivery).id === 'k1') await first.opened;
        return 'settle';
      };
      const recorder = await record(transport, 's', { deliver });
      const other = await record(transport, 's', { deliver });
      const published = publish(transport, [
        eventOf('k1', { partitionkey: 'k' }),
        eventOf('k2', { partitionkey: 'k' }),
        eventOf('other', { partitionkey: 'o' }),
        eventOf('none'),
      ]);
      await received(3, recorder, other);
      const ids = (): readonly string[] => [...recorder.ids(), ...other.ids()];
      await neverWithin(100, () => ids().includes('k2'), 'the delivery of the second of a key');
      first.open();
      await received(4, recorder, other);
      await published;
      expect(ids()).toHaveLength(4);
    },
  },
  {
    id: 'T6',
    title: 'messages without a key do not wait for each other',
    async run({ transport }) {
      await declare(transport, 's');
      const all = gate();
      const recorder = await record(transport, 's', {
        concurrency: 5,
        deliver: async () => {
          await all.opened;
          return 'settle';
        },
      });
      const published = publish(transport, eventsOf(5));
      await received(5, recorder);
      all.open();
      await published;
      expect(recorder.deliveries).toHaveLength(5);
    },
  },
  {
    id: 'T7',
    title: '1000 messages over 16 keys are started in order per key, by ten consumers',
    needs: ['ordered'],
    timeoutMs: 30_000,
    async run({ transport }) {
      await declare(transport, 's');
      const started: Envelope[] = [];
      const inFlight = new Set<string | undefined>();
      let overlaps = 0;
      const consumers = Array.from({ length: 10 }, () =>
        record(transport, 's', {
          concurrency: 4,
          deliver: async (delivery) => {
            const envelope = envelopeOf(delivery);
            started.push(envelope);
            if (inFlight.has(envelope.partitionkey)) overlaps += 1;
            inFlight.add(envelope.partitionkey);
            for (let wait = started.length % 4; wait > 0; wait -= 1) await turn();
            inFlight.delete(envelope.partitionkey);
            return 'settle';
          },
        }),
      );
      const recorders = await Promise.all(consumers);
      const events = eventsOf(1000, 16);
      // In several calls: the order of the calls counts as well.
      const published = [0, 250, 500, 750].map((from) =>
        publish(transport, events.slice(from, from + 250)),
      );
      await received(1000, ...recorders);
      await Promise.all(published);
      expect(byKey(started)).toEqual(byKey(events));
      expect(overlaps).toBe(0);
    },
  },
  {
    id: 'T7',
    title: 'one that is retried comes before the next of its key',
    needs: ['ordered'],
    timeoutMs: 30_000,
    async run({ transport }) {
      await declare(transport, 's');
      const events = eventsOf(200, 4);
      const settled: Envelope[] = [];
      const recorder = await record(transport, 's', {
        deliver: async (delivery) => {
          const envelope = envelopeOf(delivery);
          await turn();
          if (!delivery.redelivered && Number(envelope.id.slice(1)) % 3 === 0) return 'retry';
          settled.push(envelope);
          return 'settle';
        },
      });
      await publish(transport, events);
      await received(200 + Math.ceil(200 / 3), recorder);
      await eventually(() => settled.length >= 200);
      expect(byKey(settled)).toEqual(byKey(events));
      expect(new Set(idsOf(settled)).size).toBe(200);
    },
  },
];
