import type { GenerationRef, LeaseGrant } from '@tidings/core';
import { expect, test } from 'vitest';

import { asKnexUnit } from '../src/index.ts';
import { messageOf, storeMessages, type Store } from './support/stores.ts';
import { testStores } from './support/test-stores.ts';

const stores = testStores();

async function leaseOf({ persistence }: Pick<Store, 'persistence'>): Promise<LeaseGrant> {
  const lease = await persistence.leases.acquire('lease', 'test', 60_000);
  if (lease === undefined) throw new TypeError('the lease is taken');
  return lease;
}

/** Begins a generation whose tables these statements make. */
async function begin(
  { persistence }: Pick<Store, 'persistence'>,
  version: number,
  ...statements: readonly string[]
): Promise<GenerationRef> {
  const unit = await persistence.begin();
  try {
    const plan = { projection: 'Shop.stock-view', version, mode: 'async' } as const;
    const ref = await unit.projections.begin(plan);
    if (ref === undefined) throw new TypeError('something is in the way');
    await unit.projections.within(ref, async () => {
      for (const text of statements) await asKnexUnit(unit).run({ text });
    });
    await unit.commit({ messages: [] });
    return ref;
  } finally {
    await unit.rollback();
  }
}

async function activate(
  { persistence }: Pick<Store, 'persistence'>,
  ref: GenerationRef,
  lease: LeaseGrant,
): Promise<void> {
  const unit = await persistence.begin();
  try {
    await unit.projections.activate(ref, 0, lease);
    await unit.commit({ messages: [] });
  } finally {
    await unit.rollback();
  }
}

async function schemas({ observer }: Store): Promise<readonly string[]> {
  const { rows } = await observer.raw<{ rows: { name: string }[] }>(
    "select nspname as name from pg_namespace where nspname like 'tidings_%' order by 1",
  );
  return rows.map(({ name }) => name);
}

test('P30 a view keeps who may read it, also where its columns change', async () => {
  const store = await stores.open();
  const { observer } = store;
  const lease = await leaseOf(store);
  const reader = `reader_${Date.now()}`;
  await observer.raw('create role ?? nologin', [reader]);
  try {
    const first = await begin(store, 1, 'create table stock (sku text primary key, qty int)');
    await activate(store, first, lease);
    await observer.raw('grant select on stock to ??', [reader]);
    const second = await begin(
      store,
      2,
      'create table stock (sku text primary key, qty text, shelf text)',
      "insert into stock values ('LAMP', 'many', 'a')",
    );
    await activate(store, second, lease);
    expect(await observer('stock')).toEqual([{ sku: 'LAMP', qty: 'many', shelf: 'a' }]);
    await observer.transaction(async (trx) => {
      await trx.raw('set local role ??', [reader]);
      expect(await trx('stock').count({ n: '*' })).toEqual([{ n: '1' }]);
    });
  } finally {
    await observer.raw('drop owned by ??', [reader]);
    await observer.raw('drop role ??', [reader]);
  }
});

test('P30 tables and views that a generation has no more are gone for readers, new ones are there', async () => {
  const store = await stores.open();
  const { observer, persistence } = store;
  const lease = await leaseOf(store);
  const first = await begin(
    store,
    1,
    'create table stock (sku text)',
    'create table old (n int)',
    'create view all_stock as select sku from stock',
  );
  await activate(store, first, lease);
  expect(await observer('all_stock')).toEqual([]);
  const second = await begin(
    store,
    2,
    'create table stock (sku text)',
    'create table shelves (shelf text) partition by list (shelf)',
    "create table shelves_a partition of shelves for values in ('a')",
    "insert into shelves values ('a')",
  );
  await activate(store, second, lease);
  expect(await observer('shelves')).toEqual([{ shelf: 'a' }]);
  for (const gone of ['old', 'all_stock', 'shelves_a']) {
    await expect(observer(gone)).rejects.toMatchObject({ code: '42P01' });
  }
  expect(await schemas(store)).toHaveLength(2);
  expect(await persistence.projections.drop(first)).toBe(true);
  expect(await schemas(store)).toHaveLength(1);
  expect(await observer('stock')).toEqual([]);
});

test('P30 what has the name of a read model already is left as it is', async () => {
  const store = await stores.open();
  const { observer } = store;
  await observer.raw('create view stock as select 1 as mine');
  const ref = await begin(store, 1, 'create table stock (mine int)');
  await expect(activate(store, ref, await leaseOf(store))).rejects.toMatchObject({
    code: '42P07',
    message: 'the schema public has something else of the name stock',
  });
  expect(await observer('stock')).toEqual([{ mine: 1 }]);
});

test('P30 what others built upon a view keeps it from being made anew, and nothing is lost', async () => {
  const store = await stores.open();
  const { observer } = store;
  const lease = await leaseOf(store);
  await activate(store, await begin(store, 1, 'create table stock (sku text, qty int)'), lease);
  await observer.raw('create view report as select sum(qty) as total from stock');
  const second = await begin(store, 2, 'create table stock (sku text, qty text)');
  await expect(activate(store, second, lease)).rejects.toMatchObject({ code: '2BP01' });
  expect(await observer('report')).toEqual([{ total: null }]);
  const third = await begin(
    store,
    3,
    'create table stock (sku text, qty int, shelf text)',
    "insert into stock values ('LAMP', 3, 'a')",
  );
  await activate(store, third, lease);
  expect(await observer('report')).toEqual([{ total: '3' }]);
});

test('P30 a reader in the middle of a transaction keeps what it reads, and delays the change for so long', async () => {
  const store = await stores.open();
  const { observer, persistence } = store;
  const lease = await leaseOf(store);
  const first = await begin(store, 1, 'create table stock (sku text)');
  await activate(store, first, lease);
  const [place] = await schemas(store);
  const second = await begin(store, 2, 'create table stock (sku text)');
  const reading = await observer.transaction();
  try {
    expect(await reading('stock')).toEqual([]);
    await expect(activate(store, second, lease)).rejects.toMatchObject({
      code: 'TIDINGS_COMMIT_FAILED',
      transient: true,
    });
    await reading.commit();
    await activate(store, second, lease);
  } finally {
    if (!reading.isCompleted()) await reading.rollback();
  }
  const late = await observer.transaction();
  try {
    await late.withSchema(place as string).from('stock');
    expect(await persistence.projections.drop(first)).toBe(false);
    await late.commit();
    expect(await persistence.projections.drop(first)).toBe(true);
  } finally {
    if (!late.isCompleted()) await late.rollback();
  }
});

test('schemas are named after the projection, and every name can be one', async () => {
  const store = await stores.open();
  await begin(store, 1);
  const unit = await store.persistence.begin();
  const long = `${'long-'.repeat(19)}name`;
  for (const projection of ['stock', 'stock-view', 'stock.view', long, `${long}r`]) {
    await unit.projections.begin({ projection, version: 1, mode: 'async' });
  }
  await unit.commit({ messages: [] });
  const names = await schemas(store);
  expect(names).toContain('tidings_stock_g1');
  expect(names).toHaveLength(6);
  expect(names.every((name) => /^tidings_[a-z0-9_]+_g1$/.test(name))).toBe(true);
});

test('a statement that is prepared by name goes by the generation it is used in', async () => {
  const store = await stores.open();
  const { persistence } = store;
  const refs = [
    await begin(store, 1, 'create table stock (sku text)', "insert into stock values ('one')"),
  ];
  await activate(store, refs[0] as GenerationRef, await leaseOf(store));
  refs.push(
    await begin(store, 2, 'create table stock (sku text)', "insert into stock values ('two')"),
  );
  const unit = await persistence.begin();
  const seen: unknown[] = [];
  const statement = { name: 'stock', text: 'select sku from stock' };
  for (const ref of [...refs, ...refs]) {
    await unit.projections.within(ref, async () => {
      seen.push((await asKnexUnit(unit).run(statement)).rows[0]?.['sku']);
    });
  }
  await unit.commit({ messages: [] });
  expect(seen).toEqual(['one', 'two', 'one', 'two']);
});

test('P14 the rest of the log has also what was committed late, below what has positions', async () => {
  const store = await stores.open();
  const { persistence, observer } = store;
  const lease = await leaseOf(store);
  const ref = await begin(store, 1);
  const late = await observer.transaction();
  const { id, kind, type, source, time, dataversion, correlationid, body } = messageOf('late');
  const row = { id, kind, type, source, time, dataversion, correlationid, body };
  await late.withSchema('tidings').insert(row).into('messages');
  await storeMessages(store, 'm1', 'm2');
  await persistence.log.sequence(lease, 10);
  await storeMessages(store, 'm3');
  await late.commit();
  const unit = await persistence.begin();
  const request = { generation: ref, types: [type], limit: 10, unplaced: true };
  const { messages } = await unit.projections.rest(request);
  await unit.rollback();
  expect(messages.map((message) => message.id)).toEqual(['m1', 'm2', 'late', 'm3']);
  await persistence.log.sequence(lease, 10);
  const page = await persistence.log.scan([type], 0, 10);
  expect(page.messages.map(({ envelope }) => envelope.id)).toEqual(['m1', 'm2', 'late', 'm3']);
});
