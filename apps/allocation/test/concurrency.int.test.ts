import { ConcurrencyError, type MessageBus } from '@tidings/core';
import { asKnexUnit, KnexPersistence } from '@tidings/persistence-knex';
import { startPostgres } from '@tidings/testing/servers';
import { pino } from 'pino';
import { beforeEach, describe, expect, test } from 'vitest';

import { Allocate, CreateBatch } from '../src/allocation/messages.ts';
import { OrderLine } from '../src/allocation/order-line.ts';
import { openWarehouse } from '../src/bootstrap.ts';
import { KnexProducts } from '../src/knex/knex-products.ts';
import { readSettings } from '../src/settings/settings.ts';
import { onEachDatabase } from './support/each-database.ts';

onEachDatabase(({ warehouse }) => {
  let count = 0;
  let sku: string;
  beforeEach(() => {
    count += 1;
    sku = `SKU-${count}`;
  });

  const execute: MessageBus['execute'] = (...command) => warehouse().app.bus.execute(...command);

  test('of many lines allocated at once none is lost, and nothing is promised twice', async () => {
    await execute(CreateBatch({ ref: `${sku}-b1`, sku, qty: 20, eta: null }));
    const results = await Promise.all(
      Array.from({ length: 12 }, (_, line) =>
        execute(Allocate({ orderid: `o${line}`, sku, qty: 2 })),
      ),
    );
    expect(results.filter((result) => result === `${sku}-b1`)).toHaveLength(10);
    expect(results.filter((result) => result === undefined)).toHaveLength(2);
    const { failed } = await warehouse().app.settled();
    expect(failed).toEqual([]);
    expect(await warehouse().db('allocations_view').where({ sku })).toHaveLength(10);
    const history = await warehouse().queries.historyOf(sku);
    expect(history.filter(({ event }) => event === 'OutOfStock')).toHaveLength(2);
  });

  test('of one reference added for two products at once, one is', async () => {
    const ref = `${sku}-b1`;
    const outcomes = await Promise.allSettled([
      execute(CreateBatch({ ref, sku, qty: 1, eta: null })),
      execute(CreateBatch({ ref, sku: `${sku}-other`, qty: 1, eta: null })),
      execute(CreateBatch({ ref, sku, qty: 1, eta: null })),
    ]);
    expect(await warehouse().db('batches').where({ reference: ref })).toHaveLength(1);
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
    const found = await warehouse().db('batches').where({ sku }).orderBy('reference');
    expect(found.map(({ reference }: { reference: string }) => reference)).toEqual(refs);
  });
});

describe('on a Postgres server, many at once', () => {
  test('of two units of work that changed one product the second is refused', async () => {
    await using postgres = await startPostgres();
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
    await using postgres = await startPostgres();
    const settings = readSettings({ DATABASE_URL: await postgres.createDatabase() });
    const opened = await Promise.all(
      [1, 2, 3].map(() => openWarehouse(settings, pino({ level: 'silent' }))),
    );
    const states = opened.map(({ app }) => app.state);
    await Promise.all(opened.map((warehouse) => warehouse[Symbol.asyncDispose]()));
    await postgres.assertNothingLeft();
    expect(states).toEqual(['running', 'running', 'running']);
  });
});
