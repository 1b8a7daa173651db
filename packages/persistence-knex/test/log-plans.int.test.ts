import { startPostgres, type PrivatePostgres } from '@tidings/testing/servers';
import type { Knex } from 'knex';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

import { Schema } from '../src/connection/schema.ts';
import { logStatements } from '../src/log/log-statements.ts';
import { Stores } from './support/stores.ts';

let server: PrivatePostgres;
const stores = new Stores(() => server);
const statements = logStatements(new Schema('tidings'));
const MESSAGES = 30_000;
const LIMIT = 10;
const LEASE = ['relay', 'nobody', 1] as const;
/** A scan of that many messages reads several hundred pages. */
const FEW_PAGES = 50;

beforeAll(async () => {
  server = await startPostgres();
});
afterEach(() => stores.close());
afterAll(() => server.stop());

test('a look is cheap also before the database has statistics', async () => {
  const { observer } = await stores.open();
  const { rows } = await observer.raw<{ rows: { 'QUERY PLAN': string }[] }>(
    `explain ${filled(statements.look.text, [500, ...LEASE])}`,
  );
  const cost = Number(/cost=[\d.]+\.\.([\d.]+)/.exec(rows[0]?.['QUERY PLAN'] ?? '')?.[1]);

  // From 100,000 on (jit_above_cost) Postgres compiles a statement, which takes some 30 ms.
  expect(cost).toBeLessThan(20_000);
});

/** A statement with its parameters written out. */
function filled(text: string, values: readonly (number | string)[]): string {
  return values.reduce<string>(
    (all, value, n) =>
      all.replaceAll(`$${n + 1}`, typeof value === 'number' ? `${value}` : `'${value}'`),
    text,
  );
}

/** How many pages a statement touches. */
async function pagesOf(
  db: Knex,
  text: string,
  values: readonly (number | string)[] = [],
): Promise<number> {
  const { rows } = await db.raw<{
    rows: {
      'QUERY PLAN': { Plan: { 'Shared Hit Blocks': number; 'Shared Read Blocks': number } }[];
    }[];
  }>(`explain (analyze, buffers, format json) ${filled(text, values)}`);
  const plan = rows[0]?.['QUERY PLAN'][0]?.Plan;
  return (plan?.['Shared Hit Blocks'] ?? Infinity) + (plan?.['Shared Read Blocks'] ?? Infinity);
}

test.each([
  ['without holes', '[]'],
  ['with holes', '[{"from":100,"to":100,"horizon":"9"},{"from":9000,"to":9003,"horizon":"9"}]'],
])('what the relay asks a long log costs the same as a short one, %s', async (_, holes) => {
  const { observer, persistence } = await stores.open();
  await observer.raw(
    `insert into tidings.messages (id, kind, type, source, time, dataversion, correlationid, body)
     select 'm' || n, 'event', 'test.Happened', 'test', '2026-01-01', 1, 'c', repeat('x', 300)
     from generate_series(1, ?) as n`,
    [MESSAGES],
  );
  await observer.raw(
    `insert into tidings.log_runs (first_position, first_seq)
     select first, first from generate_series(1, ?, ?) as first`,
    [MESSAGES, LIMIT],
  );
  await observer.raw('update tidings.log_head set high_seq = ?, next_position = ?, holes = ?', [
    MESSAGES,
    MESSAGES + 1,
    holes,
  ]);
  await observer.raw('vacuum analyze tidings.messages, tidings.log_runs');

  expect(await persistence.log.hasUnsequenced()).toBe(holes !== '[]');
  expect(await pagesOf(observer, statements.look.text, [LIMIT, ...LEASE])).toBeLessThan(FEW_PAGES);
  expect(await pagesOf(observer, statements.unsequenced.text)).toBeLessThan(FEW_PAGES);
  expect(
    await pagesOf(observer, statements.read.text, [MESSAGES / 2, MESSAGES / 2 + LIMIT]),
  ).toBeLessThan(FEW_PAGES);
});
