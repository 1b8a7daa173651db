import type { Knex } from 'knex';
import { expect, test } from 'vitest';

import { migrateMessaging } from '../src/index.ts';
import { testDatabase } from './support/test-database.ts';

const database = testDatabase();

/** How many deliveries wait; the same holds for a million of them. */
const WAITING = Number(process.env['TIDINGS_TEST_BACKLOG'] ?? 50_000);
const LIMIT = 100;
/** What waits fills several thousand pages; two hundred messages of two partitions lie in some 150 of them. */
const FEW_PAGES = 400;

const S = 'tidings_messaging';
const READ = `select * from ${S}.read('me', 1000000, '{1,1}', '{3,4}', $1, '{0,0}', '{${LIMIT},${LIMIT}}')`;

/** Two subscriptions to two types, of which this process has all partitions. */
async function prepare(): Promise<Knex> {
  const { db } = database;
  await migrateMessaging(db);
  await db.raw(`select * from ${S}.declare('test', ?)`, [
    JSON.stringify([
      { name: 'views', kind: 'event', types: ['test.Happened'] },
      { name: 'mails', kind: 'event', types: ['test.Other'] },
    ]),
  ]);
  await db.raw(`select ${S}.beat('me', 'here', 600000, true, false, '{1,2}')`);
  await db.raw(`select ${S}.claim('me', id, 16) from ${S}.subscriptions`);
  return db;
}

/** Lets deliveries wait, as many in each partition. */
async function fill(db: Knex, count = WAITING): Promise<void> {
  await db.raw(
    `insert into ${S}.deliveries (subscription, partition, redelivered, envelope)
     select 1, n % 16, false, repeat('x', 300) from generate_series(1, ${count}) as n`,
  );
}

const batch = (type: string): string =>
  `select * from ${S}.publish('me', 1000, '${texts('event')}', '${texts(type)}',
     '{${'7,'.repeat(LIMIT - 1)}7}', '{${'false,'.repeat(LIMIT - 1)}false}', '${texts('x'.repeat(300))}')`;

const texts = (text: string): string => Array.from({ length: LIMIT }, () => text).join('\u{1E}');

/** How many pages a statement touches. */
async function pagesOf(db: Knex, statement: string): Promise<number> {
  const { rows } = await db.raw<{
    rows: {
      'QUERY PLAN': { Plan: { 'Shared Hit Blocks': number; 'Shared Read Blocks': number } }[];
    }[];
  }>(`explain (analyze, buffers, format json) ${statement}`);
  const plan = rows[0]?.['QUERY PLAN'][0]?.Plan;
  return (plan?.['Shared Hit Blocks'] ?? Infinity) + (plan?.['Shared Read Blocks'] ?? Infinity);
}

test('G19 with a long queue reading, publishing and settling cost what they do with a short one, also by plans made when it was short', async () => {
  const pool = await prepare();
  await fill(pool, 20);
  await pool.raw(`vacuum analyze ${S}.deliveries`);
  // One connection, as a process uses it for days: its plans are made once, of what the tables are like then.
  await pool.transaction(async (db) => {
    const read = READ.replace('$1', `'{0,0}'`);
    const settle = (seqs: string): string =>
      `select ${S}.settle(array_fill(1, array[${LIMIT}]), array_fill(3::smallint, array[${LIMIT}]), ${seqs})`;
    const nothing = settle(`array_fill(0::bigint, array[${LIMIT}])`);
    for (let n = 0; n < 10; n += 1) {
      for (const statement of [read, nothing, batch('test.Other')]) await db.raw(statement);
    }
    await fill(db);

    const found = await db.raw<{ rows: { seq: string }[] }>(read);
    expect(found.rows).toHaveLength(2 * LIMIT);
    expect(await pagesOf(db, read)).toBeLessThan(FEW_PAGES);
    const seqs = found.rows.slice(0, LIMIT).map(({ seq }) => seq);
    expect(await pagesOf(db, settle(`'{${seqs.join(',')}}'`))).toBeLessThan(10 * LIMIT);
    expect(await pagesOf(db, batch('test.Happened'))).toBeLessThan(20 * LIMIT);
    expect(await pagesOf(db, `select ${S}.clean(${LIMIT})`)).toBeLessThan(FEW_PAGES);
  });
});

test('G19 what was settled and is not vacuumed yet, because a transaction is open elsewhere, is not passed over again', async () => {
  const db = await prepare();
  await fill(db);
  await inOpenTransaction(db, async () => {
    await db.raw(
      `delete from ${S}.deliveries where seq < (select max(seq) from ${S}.deliveries) - 16 * ${LIMIT}`,
    );
    const { rows } = await db.raw<{ rows: { last: string }[] }>(
      `select min(seq) - 1 as last from ${S}.deliveries where partition in (3, 4)`,
    );
    const last = rows[0]?.last ?? '';
    const read = READ.replace('$1', `'{${last},${last}}'`);
    expect((await db.raw<{ rows: unknown[] }>(read)).rows).toHaveLength(2 * LIMIT);
    expect(await pagesOf(db, read)).toBeLessThan(FEW_PAGES);
  });
});

/** Runs something while a transaction is open that keeps everything from being vacuumed. */
async function inOpenTransaction(db: Knex, work: () => Promise<void>): Promise<void> {
  const open = await db.transaction();
  try {
    await open.raw('select pg_current_xact_id()');
    await work();
  } finally {
    await open.rollback();
  }
}

test('where nothing has come a look reads a few pages and writes nothing', async () => {
  const db = await prepare();
  await fill(db);
  const all = Array.from({ length: 16 }, (_, n) => n).join(',');
  const look = `select * from ${S}.read('me', 1000000, ${each(2)}, '{${all}}', ${each(0)}, ${each(0)}, ${each(10)})`;
  expect(await pagesOf(db, look)).toBeLessThan(FEW_PAGES);
  await db.transaction(async (transaction) => {
    expect((await transaction.raw<{ rows: unknown[] }>(look)).rows).toEqual([]);
    const { rows } = await transaction.raw<{ rows: { xid: unknown }[] }>(
      'select pg_current_xact_id_if_assigned() as xid',
    );
    expect(rows).toEqual([{ xid: null }]);
  });
});

/** The same number for each partition. */
function each(value: number): string {
  return `'{${Array.from({ length: 16 }, () => value).join(',')}}'`;
}

test('the table of deliveries is vacuumed after a fixed number of rows, however large it is', async () => {
  const db = await prepare();
  const { rows } = await db.raw<{ rows: { options: string[] }[] }>(
    `select reloptions as options from pg_class where oid = '${S}.deliveries'::regclass`,
  );
  expect(rows[0]?.options).toEqual(
    expect.arrayContaining([
      'autovacuum_vacuum_scale_factor=0',
      'autovacuum_vacuum_threshold=5000',
      'autovacuum_vacuum_cost_delay=0',
    ]),
  );
});
