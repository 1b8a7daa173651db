import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { Allocate, ChangeBatchQuantity, CreateBatch } from '../../src/allocation/messages.ts';
import type { InMemoryWarehouse } from './in-memory-warehouse.ts';

/** What the scenarios need, whichever adapters it is made of. */
export type AnyWarehouse = InMemoryWarehouse;

/** What the service does, told by its commands; the same for any adapters. Each scenario gets an empty warehouse. */
export function describeWarehouse(open: () => Promise<AnyWarehouse>): void {
  let warehouse: AnyWarehouse;

  beforeEach(async () => {
    warehouse = await open();
  });
  afterEach(() => warehouse[Symbol.asyncDispose]());

  const addBatch = (
    ref: string,
    sku: string,
    qty: number,
    eta: string | null = null,
  ): Promise<unknown> => warehouse.app.bus.execute(CreateBatch({ ref, sku, qty, eta }));
  const allocate = (orderid: string, sku: string, qty: number): Promise<string | undefined> =>
    warehouse.app.bus.execute(Allocate({ orderid, sku, qty }));

  describe('adding a batch', () => {
    test('makes stock of a new product', async () => {
      await addBatch('b1', 'CRUNCHY-ARMCHAIR', 100);
      expect(await allocate('o1', 'CRUNCHY-ARMCHAIR', 10)).toBe('b1');
    });

    test('adds to the stock of a known product', async () => {
      await addBatch('b1', 'GARISH-RUG', 10);
      await addBatch('b2', 'GARISH-RUG', 99);
      expect(await allocate('o1', 'GARISH-RUG', 50)).toBe('b2');
    });

    test('again changes nothing', async () => {
      await addBatch('b1', 'GARISH-RUG', 10);
      await addBatch('b1', 'GARISH-RUG', 10);
      await allocate('o1', 'GARISH-RUG', 10);
      expect(await allocate('o2', 'GARISH-RUG', 1)).toBeUndefined();
    });

    test('is refused when its reference is taken, also by another product', async () => {
      await addBatch('b1', 'GARISH-RUG', 10);
      await expect(addBatch('b1', 'GARISH-RUG', 11)).rejects.toThrow('Batch b1 exists already');
      await expect(addBatch('b1', 'PLAIN-RUG', 10)).rejects.toThrow('Batch b1 exists already');
      await expect(allocate('o1', 'PLAIN-RUG', 1)).rejects.toThrow('Invalid sku PLAIN-RUG');
    });
  });

  describe('allocating', () => {
    test('tells the batch, and shows in the view', async () => {
      await addBatch('b1', 'OMINOUS-LAMP', 100);
      expect(await allocate('o1', 'OMINOUS-LAMP', 10)).toBe('b1');
      await warehouse.app.settled();
      expect(await warehouse.queries.ofOrder('o1')).toEqual([
        { sku: 'OMINOUS-LAMP', batchref: 'b1' },
      ]);
    });

    test('fails for a SKU that nobody knows', async () => {
      await addBatch('b1', 'A-REAL-SKU', 100);
      await expect(allocate('o1', 'NO-SUCH-SKU', 10)).rejects.toThrow('Invalid sku NO-SUCH-SKU');
    });

    test('tells the buyers by mail when nothing is left, and returns nothing', async () => {
      await addBatch('b1', 'POPULAR-CURTAINS', 9);
      expect(await allocate('o1', 'POPULAR-CURTAINS', 10)).toBeUndefined();
      await warehouse.app.settled();
      expect(warehouse.mails).toMatchObject([
        { to: 'stock@made.com', subject: 'Out of stock for POPULAR-CURTAINS' },
      ]);
      expect(await warehouse.queries.ofOrder('o1')).toEqual([]);
    });

    test('the same line again is no news', async () => {
      await addBatch('b1', 'OMINOUS-LAMP', 15);
      expect(await allocate('o1', 'OMINOUS-LAMP', 10)).toBe('b1');
      expect(await allocate('o1', 'OMINOUS-LAMP', 10)).toBe('b1');
      await warehouse.app.settled();
      expect(await warehouse.queries.historyOf('OMINOUS-LAMP')).toHaveLength(1);
      expect(warehouse.mails).toEqual([]);
    });
  });

  describe('changing the quantity of a batch', () => {
    test('changes what is available', async () => {
      await addBatch('b1', 'ADORABLE-SETTEE', 100);
      await warehouse.app.bus.execute(ChangeBatchQuantity({ ref: 'b1', qty: 50 }));
      expect(await allocate('o1', 'ADORABLE-SETTEE', 51)).toBeUndefined();
      expect(await allocate('o2', 'ADORABLE-SETTEE', 50)).toBe('b1');
    });

    test('allocates the newest lines anew when they no longer fit', async () => {
      await addBatch('b1', 'INDIFFERENT-TABLE', 50);
      await addBatch('b2', 'INDIFFERENT-TABLE', 50, '2030-01-02');
      await allocate('o1', 'INDIFFERENT-TABLE', 20);
      await allocate('o2', 'INDIFFERENT-TABLE', 20);

      await warehouse.app.bus.execute(ChangeBatchQuantity({ ref: 'b1', qty: 25 }));
      const { handled, deadLettered } = await warehouse.app.settled();

      expect(handled.map(({ type }) => type)).toContain('allocation.Allocate');
      expect(deadLettered).toEqual([]);
      const batchOf = async (orderid: string) =>
        (await warehouse.queries.ofOrder(orderid))[0]?.batchref;
      expect([await batchOf('o1'), await batchOf('o2')]).toEqual(['b1', 'b2']);
      const history = await warehouse.queries.historyOf('INDIFFERENT-TABLE');
      expect(history.map(({ event, orderid, batchref }) => [event, orderid, batchref])).toEqual([
        ['Allocated', 'o1', 'b1'],
        ['Allocated', 'o2', 'b1'],
        ['Deallocated', 'o2', 'b1'],
        ['Allocated', 'o2', 'b2'],
      ]);
    });

    test('tells the buyers when a line that was let go fits nowhere', async () => {
      await addBatch('b1', 'RARE-VASE', 10);
      await allocate('o1', 'RARE-VASE', 10);
      await warehouse.app.bus.execute(ChangeBatchQuantity({ ref: 'b1', qty: 9 }));
      await warehouse.app.settled();
      expect(await warehouse.queries.ofOrder('o1')).toEqual([]);
      expect(warehouse.mails).toHaveLength(1);
    });

    test('a line let go that is allocated under its intent at once is allocated once', async () => {
      await addBatch('b1', 'RARE-VASE', 10);
      await allocate('o1', 'RARE-VASE', 10);
      const released = await warehouse.app.bus.execute(ChangeBatchQuantity({ ref: 'b1', qty: 9 }));
      for (const { line, intent } of released) {
        await warehouse.app.bus.execute(Allocate(line), { intent });
      }
      await warehouse.app.settled();
      expect(released).toHaveLength(1);
      expect(warehouse.mails).toHaveLength(1);
    });

    test('fails for a batch that nobody knows', async () => {
      const command = ChangeBatchQuantity({ ref: 'nowhere', qty: 1 });
      await expect(warehouse.app.bus.execute(command)).rejects.toThrow('Invalid batchref nowhere');
    });
  });
}
