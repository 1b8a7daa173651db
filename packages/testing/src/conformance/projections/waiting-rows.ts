import type { App, ExecuteOptions, Receipt } from '@tidings/core';
import { expect } from 'vitest';

import { Count } from '../runtime/helpers.ts';
import { tallyStatus, untilStatus, type ProjectionRow } from './helpers.ts';

const waiting: ExecuteOptions = { waitFor: ['tally'], waitTimeoutMs: 20_000 };

/** Executes a command, and gives its receipt. */
async function receiptOf(app: App, key: string, options: ExecuteOptions = {}): Promise<Receipt> {
  let received: Receipt | undefined;
  const onReceipt = (receipt: Receipt): void => {
    received = receipt;
  };
  await app.bus.execute(Count({ key, n: 1 }), { ...options, onReceipt });
  if (received === undefined) throw new Error('no receipt came');
  return received;
}

/** P28: whoever changed something can wait until readers see it. */
export const waitingRows: readonly ProjectionRow[] = [
  {
    id: 'P28',
    title: 'a caller who waits for a projection reads what its command did',
    async run({ apps, fixture }) {
      const app = await apps.start();
      for (let n = 1; n <= 10; n += 1) {
        await app.bus.execute(Count({ key: 'a', n }), waiting);
        expect(await fixture.read()).toEqual({ a: n });
      }
    },
  },
  {
    id: 'P28',
    title:
      'a caller waits for a projection that another process keeps, in any process, by a receipt',
    needs: ['concurrentUnits'],
    async run({ apps, fixture }) {
      const api = await apps.start({ project: false });
      const other = await apps.start({ project: false });
      await apps.start();
      const receipt = await receiptOf(api, 'a');
      expect(await other.projections.waitFor(receipt, ['tally'], { timeoutMs: 20_000 })).toEqual(
        [],
      );
      expect(await fixture.read()).toEqual({ a: 1 });
      await api.bus.execute(Count({ key: 'a', n: 2 }), waiting);
      expect(await fixture.read()).toEqual({ a: 2 });
    },
  },
  {
    id: 'P28',
    title: 'it is waited for the events of one commit, and what was skipped of them is told',
    async run({ apps, fixture }) {
      const app = await apps.start({
        tally: {
          before: ({ key }) => {
            if (key === 'poison') throw new TypeError('cannot be applied');
          },
        },
      });
      const first = await receiptOf(app, 'a');
      const poison = await receiptOf(app, 'poison');
      const behind = await receiptOf(app, 'b');
      expect(await app.projections.waitFor(first, ['tally'], { timeoutMs: 20_000 })).toEqual([]);
      await untilStatus(app, 'is blocked', ({ active }) => active?.state === 'blocked');
      await expect(
        app.projections.waitFor(poison, ['tally'], { timeoutMs: 30 }),
      ).rejects.toMatchObject({ code: 'TIDINGS_WAIT_TIMEOUT' });
      await expect(
        app.bus.execute(Count({ key: 'c', n: 1 }), { ...waiting, waitTimeoutMs: 30 }),
      ).rejects.toMatchObject({ code: 'TIDINGS_WAIT_TIMEOUT' });
      const skipped = await app.projections.skip('tally');
      expect(await app.projections.waitFor(poison, ['tally'], { timeoutMs: 20_000 })).toEqual([
        skipped,
      ]);
      expect(await app.projections.waitFor(behind, ['tally'], { timeoutMs: 20_000 })).toEqual([]);
      expect(await fixture.read()).toMatchObject({ a: 1, b: 1 });
    },
  },
  {
    id: 'P28',
    title:
      'a receipt comes also when the intent was carried out before, and tells of the first time',
    async run({ apps, fixture }) {
      const app = await apps.start();
      const first = await receiptOf(app, 'a', { intent: 'i1' });
      expect(await receiptOf(app, 'a', { intent: 'i1' })).toBe(first);
      await app.projections.waitFor(first, ['tally'], { timeoutMs: 20_000 });
      expect(await fixture.read()).toEqual({ a: 1 });
    },
  },
  {
    id: 'P28',
    title: 'nobody waits for what is no receipt, or no projection',
    async run({ apps }) {
      const app = await apps.start();
      const receipt = await receiptOf(app, 'a');
      const invalid = { code: 'TIDINGS_INVALID_OPTIONS' };
      await expect(app.projections.waitFor('nonsense', ['tally'])).rejects.toMatchObject(invalid);
      await expect(app.projections.waitFor(receipt, ['none'])).rejects.toMatchObject(invalid);
      await expect(
        app.bus.execute(Count({ key: 'a', n: 2 }), { waitFor: ['none'] }),
      ).rejects.toMatchObject(invalid);
      expect((await tallyStatus(app)).name).toBe('tally');
    },
  },
];
