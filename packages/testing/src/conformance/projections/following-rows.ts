import { expect } from 'vitest';

import { publish, untilRead, untilStatus, type ProjectionRow } from './helpers.ts';

/** P28: a projection follows the log, each event once. */
export const followingRows: readonly ProjectionRow[] = [
  {
    id: 'P28',
    title: 'events take effect once and in the order of the log, whichever process committed them',
    needs: ['concurrentUnits'],
    async run(running) {
      const { apps } = running;
      const order: number[] = [];
      const tally = { before: ({ n }: { n: number }) => order.push(n) };
      const nodes = [await apps.start({ tally }), await apps.start({ tally })] as const;
      for (let n = 0; n < 20; n += 1)
        await publish(nodes[n % 2 === 0 ? 0 : 1], [`key ${n % 3}`], n);
      await untilRead(running, { 'key 0': 7, 'key 1': 7, 'key 2': 6 });
      expect(order).toEqual(Array.from({ length: 20 }, (_, n) => n));
    },
  },
  {
    id: 'P28',
    title: 'what was committed while nobody kept the projection is applied afterwards, once',
    async run(running) {
      const { apps } = running;
      const first = await apps.start();
      await publish(first, ['a', 'a']);
      await untilRead(running, { a: 2 });
      await first.stop();
      const api = await apps.start({ project: false });
      await publish(api, ['a', 'b']);
      await api.stop();
      await apps.start();
      await untilRead(running, { a: 3, b: 1 });
    },
  },
  {
    id: 'P28',
    title: 'readers find an empty read model as soon as an application has started on an empty log',
    async run({ apps, fixture }) {
      const app = await apps.start({ project: false });
      expect(await fixture.read()).toEqual({});
      await app.stop();
    },
  },
  {
    id: 'P28',
    title: 'many events are applied in batches, and near the end of the log at once',
    async run(running) {
      const { apps } = running;
      const api = await apps.start({ project: false });
      for (let n = 0; n < 250; n += 1) await publish(api, ['many'], n);
      await untilStatus(api, 'has all in its log', ({ head }) => head === 250);
      await api.stop();
      const app = await apps.start();
      await untilRead(running, { many: 250 });
      await publish(app, ['one']);
      await untilRead(running, { many: 250, one: 1 });
    },
  },
];
