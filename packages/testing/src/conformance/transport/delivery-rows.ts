import type { Delivery } from '@tidings/core';
import { expect } from 'vitest';

import { eventually, neverWithin } from '../../eventually.ts';
import {
  declare,
  envelopeOf,
  eventOf,
  eventsOf,
  idsOf,
  publish,
  publishFirst,
  received,
  record,
  sorted,
  type TransportRow,
} from './helpers.ts';

const BODIES = [
  '0',
  '""',
  '{}',
  ' { "a" : 1.0 } ',
  '{"a":1,"a":2}',
  '"\\u0000 \\ud800"',
  '"naïve 日本語 👩‍👩‍👧‍👦 \u2028"',
  JSON.stringify('1 MiB '.repeat(174_763)),
];

/** T1–T5, T8–T11, T14, T15 and T27: everything published gets to every subscription, as it was. */
export const deliveryRows: readonly TransportRow[] = [
  {
    id: 'T1',
    title: 'what was published before anybody consumed is delivered, once and unchanged',
    async run({ transport }) {
      await declare(transport, 's');
      const events = eventsOf(100);
      const { published } = await publishFirst(transport, events);
      const recorder = await record(transport, 's');
      await received(100, recorder);
      await published;
      await recorder.consumer.drain();
      const envelopes = recorder.deliveries
        .map(envelopeOf)
        .toSorted((a, b) => a.id.localeCompare(b.id));
      expect(envelopes).toEqual(events.toSorted((a, b) => a.id.localeCompare(b.id)));
      expect(recorder.deliveries.map(({ redelivered }) => redelivered)).toEqual(
        events.map(() => false),
      );
    },
  },
  {
    id: 'T2',
    title: '50 publishers and 50 consumers lose none of 5000 messages',
    timeoutMs: 60_000,
    async run({ transport }) {
      await declare(transport, 's');
      const recorders = await Promise.all(Array.from({ length: 50 }, () => record(transport, 's')));
      const publishers = Array.from({ length: 50 }, (_, publisher) =>
        publish(
          transport,
          Array.from({ length: 100 }, (__, index) => eventOf(`${publisher}:${index}`)),
        ),
      );
      await Promise.all(publishers);
      await received(5000, ...recorders);
      expect(new Set(recorders.flatMap(({ ids }) => ids())).size).toBe(5000);
    },
  },
  {
    id: 'T3',
    title: '20 subscriptions to types of their own get exactly theirs, with the same ids in each',
    async run({ transport }) {
      const types = Array.from({ length: 20 }, (_, index) => `conformance.Type${index}`);
      await transport.declare(types.map((type) => ({ name: type, kind: 'event', types: [type] })));
      const recorders = await Promise.all(types.map((type) => record(transport, type)));
      await publish(
        transport,
        types.flatMap((type) => eventsOf(100, 0, { type })),
      );
      await received(2000, ...recorders);
      for (const [index, { deliveries, ids }] of recorders.entries()) {
        expect(new Set(deliveries.map((delivery) => envelopeOf(delivery).type))).toEqual(
          new Set([types[index]]),
        );
        expect(sorted(ids())).toEqual(sorted(idsOf(eventsOf(100))));
      }
    },
  },
  {
    id: 'T4',
    title: 'what is not settled comes again, marked as redelivered, and so does what fails',
    async run({ transport }) {
      await declare(transport, 's');
      const seen = new Set<string>();
      const recorder = await record(transport, 's', {
        deliver: async (delivery) => {
          const { id } = envelopeOf(delivery);
          if ((id !== 'e0' && id !== 'e1') || seen.has(id)) return 'settle';
          seen.add(id);
          if (id === 'e1') throw new Error('the consumer failed');
          return 'retry';
        },
      });
      await publish(transport, eventsOf(100));
      await received(102, recorder);
      const again = recorder.deliveries.filter(({ redelivered }) => redelivered);
      expect(sorted(again.map((delivery) => envelopeOf(delivery).id))).toEqual(['e0', 'e1']);
      expect(new Set(recorder.ids()).size).toBe(100);
    },
  },
  {
    id: 'T5',
    title: 'after consumers that refused everything a hundred times, another one gets it all',
    timeoutMs: 30_000,
    async run({ transport }) {
      await declare(transport, 's');
      const { published } = await publishFirst(transport, eventsOf(50));
      for (let round = 0; round < 3; round += 1) {
        const refusing = await record(transport, 's', { deliver: async () => 'retry' });
        await received(100, refusing);
        await refusing.consumer.close();
      }
      const recorder = await record(transport, 's');
      await received(50, recorder);
      await published;
      expect(sorted(recorder.ids())).toEqual(sorted(idsOf(eventsOf(50))));
    },
  },
  {
    id: 'T8',
    title: 'consumers that are closed and opened again and again lose none of 5000 messages',
    timeoutMs: 60_000,
    async run({ transport }) {
      await declare(transport, 's');
      const { published } = await publishFirst(transport, eventsOf(5000));
      const settled = new Set<string>();
      while (settled.size < 5000) {
        const enough = Math.min(5000, settled.size + 500);
        const { consumer } = await record(transport, 's', {
          deliver: async (delivery: Delivery) => {
            await new Promise((resolve) => setImmediate(resolve));
            settled.add(envelopeOf(delivery).id);
            return 'settle';
          },
        });
        // Not only taken: the last few are taken at once, and would be given back without end.
        await eventually(() => settled.size >= enough, { timeoutMs: 30_000 });
        await consumer.close();
      }
      const rest = await record(transport, 's');
      await published;
      await rest.consumer.drain();
      expect(settled.size).toBe(5000);
    },
  },
  {
    id: 'T9',
    title: 'ten consumers that open and close at once leave the subscription working',
    async run({ transport }) {
      await declare(transport, 's');
      await Promise.all(
        Array.from({ length: 10 }, async () => {
          const { consumer } = await record(transport, 's');
          await Promise.all([consumer.close(), consumer.close(), consumer.drain()]);
        }),
      );
      const recorder = await record(transport, 's');
      await publish(transport, eventsOf(50));
      await received(50, recorder);
      expect(sorted(recorder.ids())).toEqual(sorted(idsOf(eventsOf(50))));
    },
  },
  {
    id: 'T10',
    title: 'what was published before the publisher closed is delivered: 10 000 by 20 publishers',
    timeoutMs: 60_000,
    async run({ transport, second }) {
      await declare(transport, 's');
      const other = await second();
      await declare(other, 's');
      const recorder = await record(other, 's', { concurrency: 100 });
      await Promise.all(
        Array.from({ length: 20 }, (_, publisher) =>
          publish(
            transport,
            Array.from({ length: 500 }, (__, index) => eventOf(`${publisher}:${index}`)),
          ),
        ),
      );
      await transport.close();
      await received(10_000, recorder);
      expect(new Set(recorder.ids()).size).toBe(10_000);
    },
  },
  {
    id: 'T11',
    title: 'a subscription gets the types it declared, of its kind, and nothing else',
    async run({ transport }) {
      await transport.declare([
        { name: 'a', kind: 'event', types: ['conformance.A'] },
        { name: 'b', kind: 'event', types: ['conformance.B', 'conformance.C'] },
        { name: 'commands', kind: 'command', types: ['conformance.A'] },
      ]);
      const recorders = await Promise.all(
        ['a', 'b', 'commands'].map((name) => record(transport, name)),
      );
      await publish(transport, [
        eventOf('a1', { type: 'conformance.A' }),
        eventOf('b1', { type: 'conformance.B' }),
        eventOf('c1', { type: 'conformance.C' }),
        eventOf('x1', { type: 'conformance.Unknown' }),
        eventOf('do', { type: 'conformance.A', kind: 'command' }),
      ]);
      await received(4, ...recorders);
      await neverWithin(
        50,
        () => recorders.flatMap(({ ids }) => ids()).length > 4,
        'another delivery',
      );
      expect(recorders.map(({ ids }) => sorted(ids()))).toEqual([['a1'], ['b1', 'c1'], ['do']]);
    },
  },
  {
    id: 'T11',
    title: 'declaring again, with more, keeps what was declared',
    async run({ transport }) {
      await declare(transport, 's');
      await declare(transport, 's', 't');
      const recorders = [await record(transport, 's'), await record(transport, 't')];
      await publish(transport, eventsOf(10));
      await received(20, ...recorders);
      expect(recorders.map(({ deliveries }) => deliveries.length)).toEqual([10, 10]);
    },
  },
  {
    id: 'T14',
    title: 'a subscription declared later gets the whole history',
    needs: ['replay'],
    async run({ transport }) {
      await declare(transport, 's');
      const first = await record(transport, 's');
      await publish(transport, eventsOf(20));
      await received(20, first);
      await declare(transport, 'late');
      const late = await record(transport, 'late');
      await received(20, late);
      expect(sorted(late.ids())).toEqual(sorted(idsOf(eventsOf(20))));
    },
  },
  {
    id: 'T15',
    title: 'each of two subscriptions gets all messages, and its consumers share them',
    async run({ transport }) {
      await declare(transport, 's', 't');
      const [s1, s2, t1, t2] = [
        await record(transport, 's', { concurrency: 1 }),
        await record(transport, 's', { concurrency: 1 }),
        await record(transport, 't', { concurrency: 1 }),
        await record(transport, 't', { concurrency: 1 }),
      ];
      await publish(transport, eventsOf(50));
      await received(100, s1, s2, t1, t2);
      const all = sorted(idsOf(eventsOf(50)));
      expect(sorted([...s1.ids(), ...s2.ids()])).toEqual(all);
      expect(sorted([...t1.ids(), ...t2.ids()])).toEqual(all);
      for (const { deliveries } of [s1, s2, t1, t2]) expect(deliveries.length).toBeGreaterThan(0);
    },
  },
  {
    id: 'T27',
    title:
      'bodies and attributes arrive byte for byte, from one byte to 1 MiB and with any character',
    timeoutMs: 30_000,
    async run({ transport }) {
      await declare(transport, 's');
      const events = BODIES.map((body, index) =>
        eventOf(`e${index}`, {
          body,
          subject: '🗝 subject',
          correlationid: 'Korrelation „ä“',
          causationid: 'cause 日本',
          partitionkey: `👩‍👩‍👧‍👦 ${index}`,
          traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
          intentid: ' intent ',
          dataversion: 3,
          aggregateversion: 7,
        }),
      );
      const recorder = await record(transport, 's');
      await publish(transport, events);
      await received(events.length, recorder);
      const envelopes = recorder.deliveries
        .map(envelopeOf)
        .toSorted((a, b) => a.id.localeCompare(b.id));
      expect(envelopes).toEqual(events);
    },
  },
];
