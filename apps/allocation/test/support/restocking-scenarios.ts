import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { Allocate, ChangeBatchQuantity, CreateBatch } from '../../src/allocation/messages.ts';
import { RESTOCKING } from '../../src/restocking/restocking.ts';
import type { AnyWarehouse } from './warehouse-scenarios.ts';

/** What happens when something has run out; the same for any adapters. Each scenario gets an empty warehouse. */
export function describeRestocking(open: () => Promise<AnyWarehouse>): void {
  const sku = 'RARE-VASE';
  let warehouse: AnyWarehouse;

  beforeEach(async () => {
    warehouse = await open();
  });
  afterEach(() => warehouse[Symbol.asyncDispose]());

  const settled = async (): Promise<void> => {
    const { deadLettered } = await warehouse.app.settled();
    expect(deadLettered).toEqual([]);
  };
  const addBatch = async (ref: string, qty: number, eta: string | null = null): Promise<void> => {
    await warehouse.app.bus.execute(CreateBatch({ ref, sku, qty, eta }));
    await settled();
  };
  const allocate = async (orderid: string, qty: number): Promise<string | undefined> => {
    const ref = await warehouse.app.bus.execute(Allocate({ orderid, sku, qty }));
    await settled();
    return ref;
  };
  const changeQuantity = async (ref: string, qty: number): Promise<void> => {
    await warehouse.app.bus.execute(ChangeBatchQuantity({ ref, qty }));
    await settled();
  };
  const placeOf = async (orderid: string): Promise<string | undefined> =>
    (await warehouse.queries.ofOrder(orderid))[0]?.batchref;
  const placesOf = (...orders: string[]): Promise<readonly (string | undefined)[]> =>
    Promise.all(orders.map(placeOf));
  const subjects = (): readonly string[] => warehouse.mails.map(({ subject }) => subject);
  const openStories = async (): Promise<number> =>
    (await warehouse.app.processes.list({ process: RESTOCKING })).instances.length;

  describe('restocking', () => {
    test('asks once for a purchase, however many orders find nothing', async () => {
      await addBatch('b1', 1);
      for (const [orderid, qty] of [
        ['o1', 2],
        ['o2', 3],
        ['o3', 4],
      ] as const) {
        expect(await allocate(orderid, qty)).toBeUndefined();
      }
      expect(subjects()).toEqual([`Out of stock for ${sku}`]);
      expect(await warehouse.queries.waiting()).toEqual([{ sku, lines: 3, qty: 9 }]);
      expect(await openStories()).toBe(1);
    });

    test('allocates the orders that wait when a batch comes, in the order in which they came', async () => {
      await addBatch('b1', 1);
      for (const orderid of ['o1', 'o2', 'o3', 'o4']) await allocate(orderid, 5);
      await allocate('o2', 5);
      await addBatch('b2', 12, '2030-01-31');
      expect(await placesOf('o1', 'o2', 'o3', 'o4')).toEqual(['b2', 'b2', undefined, undefined]);
      // Those for whom it was not enough wait for another purchase.
      expect(await warehouse.queries.waiting()).toEqual([{ sku, lines: 2, qty: 10 }]);
      expect(subjects()).toEqual([`Out of stock for ${sku}`, `Out of stock for ${sku}`]);
      await addBatch('b3', 10);
      expect(await placesOf('o3', 'o4')).toEqual(['b3', 'b3']);
      expect(await warehouse.queries.waiting()).toEqual([]);
      expect(await openStories()).toBe(0);
      const history = await warehouse.queries.historyOf(sku);
      expect(
        history.filter(({ event }) => event === 'Allocated').map(({ orderid }) => orderid),
      ).toEqual(['o1', 'o2', 'o3', 'o4']);
    });

    test('reminds of a purchase that is late, and not after the batch has come', async () => {
      await addBatch('b1', 1);
      await allocate('o1', 5);
      const [instance] = (await warehouse.app.processes.list({ process: RESTOCKING })).instances;
      const reminder = instance?.timeouts['reminder'] ?? '';
      expect(Object.keys(instance?.timeoutsDueAt ?? {})).toEqual(['reminder']);
      expect(await warehouse.app.bus.reschedule(reminder, { in: 0 })).toBe(true);
      await settled();
      expect(subjects()).toEqual([`Out of stock for ${sku}`, `Still out of stock for ${sku}`]);
      await addBatch('b2', 5);
      expect(await openStories()).toBe(0);
      await allocate('o2', 5);
      await addBatch('b3', 5);
      const { total } = await warehouse.app.scheduled.list({});
      expect(total).toBe(0);
    });

    test('calls the purchase off when a batch turns out to be larger, and everybody has got something', async () => {
      await addBatch('b1', 5);
      await allocate('o1', 5);
      await allocate('o2', 3);
      await allocate('o3', 4);
      await changeQuantity('b1', 9);
      expect(await placesOf('o1', 'o2', 'o3')).toEqual(['b1', 'b1', undefined]);
      expect(subjects()).toEqual([`Out of stock for ${sku}`]);
      await changeQuantity('b1', 12);
      expect(await placeOf('o3')).toBe('b1');
      expect(subjects()).toEqual([`Out of stock for ${sku}`, `No need to buy ${sku}`]);
      expect(await openStories()).toBe(0);
    });

    test('begins anew when a batch that was counted on is cut', async () => {
      await addBatch('b1', 1);
      await allocate('o1', 5);
      await addBatch('b2', 5, '2030-01-31');
      expect(await placeOf('o1')).toBe('b2');
      await changeQuantity('b2', 0);
      expect(await placeOf('o1')).toBeUndefined();
      expect(await warehouse.queries.waiting()).toEqual([{ sku, lines: 1, qty: 5 }]);
      expect(subjects()).toEqual([`Out of stock for ${sku}`, `Out of stock for ${sku}`]);
      await addBatch('b3', 5);
      expect(await placeOf('o1')).toBe('b3');
    });

    test('goes through more orders that wait than fit into one transaction', async () => {
      await addBatch('b1', 1);
      const count = 250;
      const orders = Array.from({ length: count }, (_, number) => `o${number}`);
      for (const orderid of orders) {
        await warehouse.app.bus.execute(Allocate({ orderid, sku, qty: 2 }));
      }
      await addBatch('b2', 2 * count);
      expect(await placesOf('o0', 'o99', 'o100', `o${count - 1}`)).toEqual(
        Array.from({ length: 4 }, () => 'b2'),
      );
      expect(await warehouse.queries.waiting()).toEqual([]);
    });

    test('reports what is waited for, the longest first, and nothing where nothing is', async () => {
      const report = async (): Promise<readonly string[]> => {
        const before = warehouse.mails.length;
        await warehouse.app.schedules.runNow('nightly-stock-report');
        await settled();
        return warehouse.mails.slice(before).map(({ subject, text }) => `${subject}\n${text}`);
      };
      expect(await report()).toEqual([]);
      for (const product of ['SOFA', 'CHAIR']) {
        await warehouse.app.bus.execute(
          CreateBatch({ ref: `of ${product}`, sku: product, qty: 1, eta: null }),
        );
        for (const orderid of ['o1', 'o2']) {
          await warehouse.app.bus.execute(Allocate({ orderid, sku: product, qty: 3 }));
        }
      }
      await settled();
      expect(await report()).toEqual([
        '2 product(s) are waited for\nSOFA: 6 in 2 order line(s)\nCHAIR: 6 in 2 order line(s)',
      ]);
    });
  });
}
