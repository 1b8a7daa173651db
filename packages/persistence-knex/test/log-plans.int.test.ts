import { startPostgres, type PrivatePostgres } from '@tidings/testing/servers';
import type { Knex } from 'knex';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

import { Schema } from '../src/connection/schema.ts';
import { logStatements, rest } from '../src/log/log-statements.ts';
import { projectionStatements } from '../src/projections/projection-statements.ts';
import { filled, pagesOf } from './support/plans.ts';
import { Stores } from './support/stores.ts';

let server: PrivatePostgres;
const stores = new Stores(() => server);
const schema = new Schema('tidings');
const statements = logStatements(schema);
const MESSAGES = 30_000;
const LIMIT = 10;
const LEASE = ['relay', 'nobody', 1] as const;
/** A scan of that many messages reads several hundred pages. */
const FEW_PAGES = 50;
/** From 100,000 on (jit_above_cost) Postgres compiles a statement, which takes some 30 ms, or 600. */
const CHEAP = 20_000;

beforeAll(async () => {
  server = await startPostgres();
});
afterEach(() => stores.close());
afterAll(() => server.stop());

test('a look is cheap also before the database has statistics', async () => {
  const { observer } = await stores.open();

  expect(await costOf(observer, filled(statements.look.text, [500, ...LEASE]))).toBeLessThan(CHEAP);
});

test('a page is cheap where every message begins a run', async () => {
  const { observer } = await stores.open();
  await fill(observer, 1);

  expect(
    await costOf(observer, filled(statements.read.text, [MESSAGES / 2, MESSAGES / 2 + 500])),
  ).toBeLessThan(CHEAP);
});

/** What a projection asks, with the types as text of an array. */
const TYPES = '{test.Happened,test.Other}';

test('what a projection asks a long log costs the same as a short one', async () => {
  const { observer } = await stores.open();
  await fill(observer, LIMIT);
  await observer.raw(
    `insert into tidings.projections (name) values ('p');
     insert into tidings.projection_generations (projection, generation, version, mode, state, place, position)
     values ('p', 1, 1, 'async', 'active', 'p1', ${MESSAGES - 5})`,
  );
  const middle = MESSAGES / 2;

  expect(
    await pagesOf(observer, statements.scan.text, [middle, middle + 100, TYPES, LIMIT]),
  ).toBeLessThan(FEW_PAGES);
  expect(
    await pagesOf(observer, statements.scan.text, [middle, middle + 100, '{test.Other}', LIMIT]),
  ).toBeLessThan(FEW_PAGES);
  expect(await pagesOf(observer, rest('"tidings"'), ['p', 1, TYPES, 500, 'true'])).toBeLessThan(
    FEW_PAGES,
  );
  expect(
    await pagesOf(observer, projectionStatements(schema).applied.text, ['p', '{m7,m29999}']),
  ).toBeLessThan(FEW_PAGES);
});

test('a scan is cheap where every message begins a run, and before the database has statistics', async () => {
  const { observer } = await stores.open();
  const scan = filled(statements.scan.text, [MESSAGES / 2, MESSAGES / 2 + 4000, TYPES, 1000]);
  expect(await costOf(observer, scan)).toBeLessThan(CHEAP);
  await fill(observer, 1);
  expect(await costOf(observer, scan)).toBeLessThan(CHEAP);
});

/** What the planner takes a statement to cost. */
async function costOf(db: Knex, statement: string): Promise<number> {
  const { rows } = await db.raw<{ rows: { 'QUERY PLAN': string }[] }>(`explain ${statement}`);
  return Number(/cost=[\d.]+\.\.([\d.]+)/.exec(rows[0]?.['QUERY PLAN'] ?? '')?.[1]);
}

/** A log of messages that all have positions, in runs of that length. */
async function fill(db: Knex, runLength: number, holes = '[]'): Promise<void> {
  await db.raw(
    `insert into tidings.messages (id, kind, type, source, time, dataversion, correlationid, body)
     select 'm' || n, 'event', 'test.Happened', 'test', '2026-01-01', 1, 'c', repeat('x', 300)
     from generate_series(1, ?) as n`,
    [MESSAGES],
  );
  await db.raw(
    `insert into tidings.log_runs (first_position, first_seq)
     select first, first from generate_series(1, ?, ?) as first`,
    [MESSAGES, runLength],
  );
  await db.raw('update tidings.log_head set high_seq = ?, next_position = ?, holes = ?', [
    MESSAGES,
    MESSAGES + 1,
    holes,
  ]);
  await db.raw('vacuum analyze tidings.messages, tidings.log_runs');
}

test.each([
  ['without holes', '[]'],
  ['with holes', '[{"from":100,"to":100,"horizon":"9"},{"from":9000,"to":9003,"horizon":"9"}]'],
])('what the relay asks a long log costs the same as a short one, %s', async (_, holes) => {
  const { observer, persistence } = await stores.open();
  await fill(observer, LIMIT, holes);

  expect(await persistence.log.hasUnsequenced()).toBe(holes !== '[]');
  expect(await pagesOf(observer, statements.look.text, [LIMIT, ...LEASE])).toBeLessThan(FEW_PAGES);
  expect(await pagesOf(observer, statements.unsequenced.text)).toBeLessThan(FEW_PAGES);
  expect(
    await pagesOf(observer, statements.read.text, [MESSAGES / 2, MESSAGES / 2 + LIMIT]),
  ).toBeLessThan(FEW_PAGES);
});
