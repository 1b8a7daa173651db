import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ConcurrencyError, type UnitOfWork } from '@tidings/core';
import { asKnexUnit, KnexPersistence } from '@tidings/persistence-knex';
import { startPostgres, type PrivatePostgres } from '@tidings/testing/servers';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { Allocate, ChangeBatchQuantity, CreateBatch } from '../src/allocation/messages.ts';
import { OrderLine } from '../src/allocation/order-line.ts';
import { Product } from '../src/allocation/product.ts';
import { openWarehouse, type OpenWarehouse } from '../src/bootstrap.ts';
import { KnexProducts } from '../src/knex/knex-products.ts';
import { readSettings } from '../src/settings/settings.ts';
import { prepareFolder } from './support/prepared-folder.ts';

let postgres: PrivatePostgres;
let folder: string;

beforeAll(async () => {
  postgres = await startPostgres();
  folder = await mkdtemp(join(tmpdir(), 'tidings-persistence-'));
});
afterAll(async () => {
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
});

const environments: Readonly<Record<string, () => Promise<Record<string, string>>>> = {
  PGlite: async () => {
    await prepareFolder(folder);
    return { TIDINGS_DATA_DIR: folder };
  },
  Postgres: async () => ({ DATABASE_URL: await postgres.createDatabase() }),
};

describe.each(Object.keys(environments))('on %s', (name) => {
  let warehouse: OpenWarehouse;
  let count = 0;
  let sku: string;

  beforeAll(async () => {
    const environment = (await environments[name]?.()) ?? {};
    warehouse = await openWarehouse(readSettings(environment), pino({ level: 'silent' }));
  });
  afterAll(() => warehouse[Symbol.asyncDispose]());
  beforeEach(() => {
    count += 1;
    sku = `SKU-${count}`;
  });

  const begin = async (): Promise<{ unit: UnitOfWork; products: KnexProducts }> => {
    const persistence = new KnexPersistence(warehouse.db, { controlConnections: 0 }, () => {});
    const unit = await persistence.begin();
    return { unit, products: new KnexProducts(asKnexUnit(unit)) };
  };
  const commit = (unit: UnitOfWork): Promise<void> => unit.commit({ messages: [] });
  const { execute, settled } = {
    execute: (...args: Parameters<OpenWarehouse['app']['bus']['execute']>) =>
      warehouse.app.bus.execute(...args),
    settled: () => warehouse.app.settled(),
  };

  describe('the repository', () => {
    test('saves a product with its batches, where SQL finds them', async () => {
      const { unit, products } = await begin();
      const product = new Product(sku);
      product.addBatch({ ref: `${sku}-b1`, sku, qty: 100, eta: null });
      product.addBatch({ ref: `${sku}-b2`, sku, qty: 50, eta: '2030-01-31' });
      products.add(product);
      await commit(unit);
      const rows = await warehouse
        .db('batches')
        .select('reference', 'purchased_quantity', warehouse.db.raw('eta::text as eta'))
        .where({ sku })
        .orderBy('position');
      expect(rows).toEqual([
        { reference: `${sku}-b1`, purchased_quantity: 100, eta: null },
        { reference: `${sku}-b2`, purchased_quantity: 50, eta: '2030-01-31' },
      ]);
    });

    test('loads what SQL put there, lines in the order in which they came', async () => {
      const { db } = warehouse;
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
    beforeEach(() => execute(CreateBatch({ ref: `${sku}-b1`, sku, qty: 10, eta: null })));

    test('saves what was allocated', async () => {
      const { unit, products } = await begin();
      const product = await products.get(sku);
      product?.allocate(new OrderLine({ orderid: 'o1', sku, qty: 10 }));
      await commit(unit);
      const found = await warehouse.db('allocations').where({ sku }).first('batch_reference');
      expect(found).toEqual({ batch_reference: `${sku}-b1` });
    });

    test('saves nothing unless it is committed', async () => {
      const { unit, products } = await begin();
      const product = await products.get(sku);
      product?.allocate(new OrderLine({ orderid: 'o1', sku, qty: 10 }));
      await unit.rollback();
      expect(await warehouse.db('allocations').where({ sku })).toEqual([]);
    });
  });

  test('of many lines allocated at once none is lost, and nothing is promised twice', async () => {
    await execute(CreateBatch({ ref: `${sku}-b1`, sku, qty: 20, eta: null }));
    const results = await Promise.all(
      Array.from({ length: 12 }, (_, line) =>
        execute(Allocate({ orderid: `o${line}`, sku, qty: 2 })),
      ),
    );
    expect(results.filter((result) => result === `${sku}-b1`)).toHaveLength(10);
    expect(results.filter((result) => result === undefined)).toHaveLength(2);
    const { failed } = await settled();
    expect(failed).toEqual([]);
    expect(await warehouse.db('allocations_view').where({ sku })).toHaveLength(10);
    const history = await warehouse.queries.historyOf(sku);
    expect(history.filter(({ event }) => event === 'OutOfStock')).toHaveLength(2);
  });

  test('of one reference added for two products at once, one is', async () => {
    const ref = `${sku}-b1`;
    const outcomes = await Promise.allSettled([
      execute(CreateBatch({ ref, sku, qty: 1, eta: null })),
      execute(CreateBatch({ ref, sku: `${sku}-other`, qty: 1, eta: null })),
      execute(CreateBatch({ ref, sku, qty: 1, eta: null })),
    ]);
    expect(await warehouse.db('batches').where({ reference: ref })).toHaveLength(1);
    const refused = outcomes.filter(({ status }) => status === 'rejected');
    expect(
      refused.every(
        (outcome) => 'reason' in outcome && /exists already/.test(String(outcome.reason)),
      ),
    ).toBe(true);
    expect(refused.length).toBeGreaterThan(0);
  });

  test('a new product added twice at once is one product with both batches', async () => {
    const refs = [`${sku}-b1`, `${sku}-b2`, `${sku}-b3`];
    await Promise.all(refs.map((ref) => execute(CreateBatch({ ref, sku, qty: 1, eta: null }))));
    const found = await warehouse.db('batches').where({ sku }).pluck('reference');
    expect(found.toSorted()).toEqual(refs);
  });

  test('the view follows a line that moves to another batch', async () => {
    await execute(CreateBatch({ ref: `${sku}-b1`, sku, qty: 10, eta: null }));
    await execute(CreateBatch({ ref: `${sku}-b2`, sku, qty: 10, eta: '2030-01-31' }));
    const orderid = `${sku}-order`;
    await execute(Allocate({ orderid, sku, qty: 5 }));
    await execute(Allocate({ orderid, sku, qty: 3 }));
    await settled();
    expect(await warehouse.queries.ofOrder(orderid)).toEqual([
      { sku, batchref: `${sku}-b1` },
      { sku, batchref: `${sku}-b1` },
    ]);
    await execute(ChangeBatchQuantity({ ref: `${sku}-b1`, qty: 7 }));
    await settled();
    expect(await warehouse.queries.ofOrder(orderid)).toEqual([
      { sku, batchref: `${sku}-b2` },
      { sku, batchref: `${sku}-b1` },
    ]);
    const history = await warehouse.queries.historyOf(sku);
    expect(history.map(({ event, qty, batchref }) => [event, qty, batchref])).toEqual([
      ['Allocated', 5, `${sku}-b1`],
      ['Allocated', 3, `${sku}-b1`],
      ['Deallocated', 3, `${sku}-b1`],
      ['Allocated', 3, `${sku}-b2`],
    ]);
  });
});

test('of two units of work that changed one product the second is refused', async () => {
  const settings = readSettings({ DATABASE_URL: await postgres.createDatabase() });
  await using warehouse = await openWarehouse(settings, pino({ level: 'silent' }));
  await warehouse.app.bus.execute(CreateBatch({ ref: 'b1', sku: 'LAMP', qty: 10, eta: null }));
  const persistence = new KnexPersistence(warehouse.db, { controlConnections: 0 }, () => {});
  const units = [await persistence.begin(), await persistence.begin()] as const;
  for (const [index, unit] of units.entries()) {
    const product = await new KnexProducts(asKnexUnit(unit)).get('LAMP');
    product?.allocate(new OrderLine({ orderid: `o${index}`, sku: 'LAMP', qty: 6 }));
  }
  await units[0].commit({ messages: [] });
  await expect(units[1].commit({ messages: [] })).rejects.toThrow(ConcurrencyError);
  expect(await warehouse.db('allocations').pluck('orderid')).toEqual(['o0']);
  expect(await warehouse.db('products').pluck('version')).toEqual([2]);
});

test('processes that start on an empty database at once all find it ready', async () => {
  const settings = readSettings({ DATABASE_URL: await postgres.createDatabase() });
  const opened = await Promise.all(
    [1, 2, 3].map(() => openWarehouse(settings, pino({ level: 'silent' }))),
  );
  const states = opened.map(({ app }) => app.state);
  await Promise.all(opened.map((warehouse) => warehouse[Symbol.asyncDispose]()));
  expect(states).toEqual(['running', 'running', 'running']);
});
