import type { Delivery } from '@tidings/core';
import { expect } from 'vitest';

import { eventually, neverWithin } from '../../eventually.ts';
import { gate } from '../../gate.ts';
import {
  declare,
  envelopeOf,
  eventsOf,
  idsOf,
  publish,
  publishFirst,
  received,
  record,
  sorted,
  type TransportRow,
} from './helpers.ts';

/** T12, T13, T20, T25 and T26: what a consumer has in hand, and how it is ended. */
export const consumerRows: readonly TransportRow[] = [
  {
    id: 'T12',
    title: 'a delivery’s signal aborts when it is settled, and when its consumer closes',
    async run({ transport }) {
      await declare(transport, 's');
      const never = gate();
      const { consumer, deliveries } = await record(transport, 's', {
        deliver: async (delivery) => {
          if (envelopeOf(delivery).id === 'e1') await never.opened;
          return 'settle';
        },
      });
      const published = publish(transport, eventsOf(2));
      const of = (id: string): Delivery | undefined =>
        deliveries.find((delivery) => envelopeOf(delivery).id === id);
      await eventually(() => of('e0')?.signal.aborted);
      await eventually(() => of('e1') !== undefined);
      expect(of('e1')?.signal.aborted).toBe(false);
      await consumer.close();
      expect(of('e1')?.signal.aborted).toBe(true);
      const rest = await record(transport, 's');
      await received(1, rest);
      await published;
      never.open();
      expect(rest.ids()).toEqual(['e1']);
    },
  },
  {
    id: 'T13',
    title: 'what was in a consumer’s hands when it closed, and all the rest, comes to the next',
    async run({ transport }) {
      await declare(transport, 's');
      const never = gate();
      const first = await record(transport, 's', {
        deliver: async () => {
          await never.opened;
          return 'settle';
        },
      });
      const { published } = await publishFirst(transport, eventsOf(20));
      await received(10, first);
      await first.consumer.close();
      const second = await record(transport, 's');
      await received(20, second);
      await published;
      never.open();
      expect(sorted(second.ids())).toEqual(sorted(idsOf(eventsOf(20))));
      const again = second.deliveries.filter(({ redelivered }) => redelivered);
      expect(again.length).toBeGreaterThanOrEqual(10);
    },
  },
  {
    id: 'T20',
    title: 'a delivery settled before others that came earlier is not redelivered with them',
    async run({ transport }) {
      await declare(transport, 's');
      const never = gate();
      const first = await record(transport, 's', {
        concurrency: 3,
        deliver: async (delivery) => {
          if (envelopeOf(delivery).id !== 'e2') await never.opened;
          return 'settle';
        },
      });
      const { published } = await publishFirst(transport, eventsOf(3));
      await received(3, first);
      await eventually(() =>
        first.deliveries.some(
          (delivery) => envelopeOf(delivery).id === 'e2' && delivery.signal.aborted,
        ),
      );
      await first.consumer.close();
      const second = await record(transport, 's');
      await received(2, second);
      await published;
      await neverWithin(50, () => second.deliveries.length > 2, 'another delivery');
      never.open();
      expect(sorted(second.ids())).toEqual(['e0', 'e1']);
    },
  },
  {
    id: 'T25',
    title: 'the concurrency can be changed while it runs, and is never exceeded',
    timeoutMs: 30_000,
    async run({ transport }) {
      await declare(transport, 's');
      const waiting: (() => void)[] = [];
      let limit = 10;
      const recorder = await record(transport, 's', {
        concurrency: limit,
        deliver: async () => {
          await new Promise<void>((resolve) => waiting.push(resolve));
          return 'settle';
        },
      });
      const finish = (count: number): void => {
        for (const resolve of waiting.splice(0, count)) resolve();
      };
      const { published } = await publishFirst(transport, eventsOf(40));
      await eventually(() => waiting.length === limit);
      limit = 2;
      recorder.consumer.setConcurrency(limit);
      finish(8);
      await neverWithin(50, () => waiting.length > limit, 'more than two deliveries in flight');
      finish(1);
      await eventually(() => waiting.length === limit);
      expect(recorder.deliveries).toHaveLength(11);
      limit = 10;
      recorder.consumer.setConcurrency(limit);
      await eventually(() => waiting.length === limit);
      await eventually(() => {
        expect(waiting.length).toBeLessThanOrEqual(limit);
        finish(waiting.length);
        return recorder.deliveries.length === 40 && waiting.length === 0;
      });
      await published;
    },
  },
  {
    id: 'T26',
    title: 'draining lets what is in flight end and takes nothing more',
    async run({ transport }) {
      await declare(transport, 's');
      const open = gate();
      const first = await record(transport, 's', {
        concurrency: 2,
        deliver: async () => {
          await open.opened;
          return 'settle';
        },
      });
      const { published } = await publishFirst(transport, eventsOf(5));
      await received(2, first);
      let isDrained = false;
      const drained = first.consumer.drain().finally(() => {
        isDrained = true;
      });
      await neverWithin(50, () => isDrained, 'the end of draining');
      expect(first.deliveries.map(({ signal }) => signal.aborted)).toEqual([false, false]);
      open.open();
      await drained;
      await first.consumer.drain();
      await first.consumer.close();
      expect(first.deliveries).toHaveLength(2);
      const second = await record(transport, 's');
      await received(3, second);
      await published;
      expect(sorted([...first.ids(), ...second.ids()])).toEqual(idsOf(eventsOf(5)));
    },
  },
  {
    id: 'T26',
    title:
      'closing while draining gives up what is in flight; what it still says then counts for nothing',
    async run({ transport }) {
      await declare(transport, 's');
      const open = gate();
      const first = await record(transport, 's', {
        deliver: async () => {
          await open.opened;
          return 'settle';
        },
      });
      const { published } = await publishFirst(transport, eventsOf(3, 1));
      await received(1, first);
      const drained = first.consumer.drain();
      await first.consumer.close();
      await drained;
      open.open();
      const second = await record(transport, 's');
      await received(3, second);
      await published;
      expect(second.ids()).toEqual(idsOf(eventsOf(3)));
    },
  },
];
