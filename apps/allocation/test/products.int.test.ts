import type { UnitOfWork } from '@tidings/core';
import { asKnexUnit, KnexPersistence } from '@tidings/persistence-knex';
import { beforeEach, describe, expect, test } from 'vitest';

import { CreateBatch } from '../src/allocation/messages.ts';
import { OrderLine } from '../src/allocation/order-line.ts';
import { Product } from '../src/allocation/product.ts';
import { KnexProducts } from '../src/knex/knex-products.ts';
import { onEachDatabase } from './support/each-database.ts';

const commit = (unit: UnitOfWork): Promise<void> => unit.commit({ messages: [] });

onEachDatabase(({ warehouse }) => {
  let count = 0;
  let sku: string;
  beforeEach(() => {
    count += 1;
    sku = `SKU-${count}`;
  });

  const begin = async (): Promise<{ unit: UnitOfWork; products: KnexProducts }> => {
    const persistence = new KnexPersistence(warehouse().db, { controlConnections: 0 }, () => {});
    const unit = await persistence.begin();
    return { unit, products: new KnexProducts(asKnexUnit(unit)) };
  };

  describe('the repository', () => {
    test('saves a product with its batches, where SQL finds them', async () => {
      const { unit, products } = await begin();
      const product = new Product(sku);
      product.addBatch({ ref: `${sku}-b1`, sku, qty: 100, eta: null });
      product.addBatch({ ref: `${sku}-b2`, sku, qty: 50, eta: '2030-01-31' });
      products.add(product);
      await commit(unit);
      const rows = await warehouse()
        .db('batches')
        .select('reference', 'purchased_quantity', warehouse().db.raw('eta::text as eta'))
        .where({ sku })
        .orderBy('position');
      expect(rows).toEqual([
        { reference: `${sku}-b1`, purchased_quantity: 100, eta: null },
        { reference: `${sku}-b2`, purchased_quantity: 50, eta: '2030-01-31' },
      ]);
    });

    test('loads what SQL put there, lines in the order in which they came', async () => {
      const { db } = warehouse();
      const ref = `${sku}-b1`;
      await db('products').insert({ sku, version: 7 });
      await db('batches').insert({ reference: ref, sku, purchased_quantity: 9, eta: '2030-01-31' });
      for (const orderid of ['z', 'a', 'm']) {
        await db('allocations').insert({ sku, orderid, qty: 2, batch_reference: ref });
      }
      const { unit, products } = await begin();
      const product = await products.getByBatchRef(ref);
      await unit.rollback();
      expect(product?.sku).toBe(sku);
      expect(product?.version).toBe(7);
      const [batch] = product?.batches ?? [];
      expect(batch?.availableQuantity).toBe(3);
      expect(batch?.eta).toBe('2030-01-31');
      expect(batch?.lines.map(({ orderid }) => orderid)).toEqual(['z', 'a', 'm']);
    });

    test('knows what it does not have', async () => {
      const { unit, products } = await begin();
      expect(await products.get('nothing')).toBeUndefined();
      expect(await products.getByBatchRef('nothing')).toBeUndefined();
      await unit.rollback();
    });
  });

  describe('the unit of work', () => {
    beforeEach(() =>
      warehouse().app.bus.execute(CreateBatch({ ref: `${sku}-b1`, sku, qty: 10, eta: null })),
    );

    test('saves what was allocated', async () => {
      const { unit, products } = await begin();
      const product = await products.get(sku);
      product?.allocate(new OrderLine({ orderid: 'o1', sku, qty: 10 }));
      await commit(unit);
      const found = await warehouse().db('allocations').where({ sku }).first('batch_reference');
      expect(found).toEqual({ batch_reference: `${sku}-b1` });
    });

    test('saves nothing unless it is committed', async () => {
      const { unit, products } = await begin();
      const product = await products.get(sku);
      product?.allocate(new OrderLine({ orderid: 'o1', sku, qty: 10 }));
      await unit.rollback();
      expect(await warehouse().db('allocations').where({ sku })).toEqual([]);
    });
  });
});
