import { describe, expect, test } from 'vitest';

import { Allocate, ChangeBatchQuantity, CreateBatch } from '../src/allocation/messages.ts';
import { onEachSetUp } from './support/each-database.ts';
import { describeRestocking } from './support/restocking-scenarios.ts';
import { describeWarehouse, type AnyWarehouse } from './support/warehouse-scenarios.ts';

const sku = 'PLAIN-RUG';

describe('the warehouse', () => {
  onEachSetUp(({ warehouse, mails }) => {
    // All scenarios share one database, which is emptied after each.
    const emptied = async (): Promise<AnyWarehouse> => ({
      ...warehouse(),
      mails,
      [Symbol.asyncDispose]: async () => {
        const { app, db } = warehouse();
        await app.settled();
        await db.raw('truncate products, batches, allocations');
        await db.raw('truncate allocation_history, waiting_lines');
        // A view of what the projection keeps, through which rows can be deleted.
        await db('allocations_view').delete();
        await db.raw('truncate tidings.processes, tidings.scheduled_messages');
        mails.length = 0;
      },
    });
    describeWarehouse(emptied);
    describeRestocking(emptied);

    test('the view follows a line that moves to another batch', async () => {
      await warehouse().app.bus.execute(CreateBatch({ ref: `${sku}-b1`, sku, qty: 10, eta: null }));
      await warehouse().app.bus.execute(
        CreateBatch({ ref: `${sku}-b2`, sku, qty: 10, eta: '2030-01-31' }),
      );
      const orderid = `${sku}-order`;
      await warehouse().app.bus.execute(Allocate({ orderid, sku, qty: 5 }));
      await warehouse().app.bus.execute(Allocate({ orderid, sku, qty: 3 }));
      await warehouse().app.settled();
      expect(await warehouse().queries.ofOrder(orderid)).toEqual([
        { sku, batchref: `${sku}-b1` },
        { sku, batchref: `${sku}-b1` },
      ]);
      await warehouse().app.bus.execute(ChangeBatchQuantity({ ref: `${sku}-b1`, qty: 7 }));
      await warehouse().app.settled();
      expect(await warehouse().queries.ofOrder(orderid)).toEqual([
        { sku, batchref: `${sku}-b2` },
        { sku, batchref: `${sku}-b1` },
      ]);
      const history = await warehouse().queries.historyOf(sku);
      expect(history.map(({ event, qty, batchref }) => [event, qty, batchref])).toEqual([
        ['Allocated', 5, `${sku}-b1`],
        ['Allocated', 3, `${sku}-b1`],
        ['Deallocated', 3, `${sku}-b1`],
        ['Allocated', 3, `${sku}-b2`],
      ]);
    });
  });
});
