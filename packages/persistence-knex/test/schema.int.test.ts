import type { Knex } from 'knex';
import { expect, test } from 'vitest';

import { KnexPersistence } from '../src/index.ts';
import { createPgliteKnex } from '../src/pglite.ts';
import { testStores } from './support/test-stores.ts';

const stores = testStores();

/** Everything in the schema that statements rely on, one line each. */
async function dump(db: Knex): Promise<readonly string[]> {
  const { rows } = await db.raw<{ rows: { line: string }[] }>(`
    select format('%s.%s %s%s%s', table_name, column_name, udt_name,
        case when is_nullable = 'NO' then ' not null' end, ' default ' || column_default) as line
      from information_schema.columns where table_schema = 'tidings'
    union all
    select indexdef from pg_indexes where schemaname = 'tidings'
    union all
    select format('%s %s', c.conrelid::regclass, pg_get_constraintdef(c.oid))
      from pg_constraint c join pg_namespace n on n.oid = c.connamespace
      where n.nspname = 'tidings' and c.contype in ('p', 'u', 'c', 'f')
    union all
    select format('function %s(%s)', p.proname, pg_get_function_identity_arguments(p.oid))
      from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname = 'tidings'
    union all
    select format('sequence %s', sequencename) from pg_sequences where schemaname = 'tidings'`);
  return rows.map(({ line }) => line.replaceAll(/\s+/g, ' ')).toSorted();
}

test('the schema that the migrations make has not changed since it was released', async () => {
  const { observer } = await stores.open();
  expect(await dump(observer)).toMatchSnapshot();
});

test('PGlite gets the same schema as Postgres', async () => {
  const { observer } = await stores.open();
  const embedded = createPgliteKnex();
  const persistence = new KnexPersistence(embedded, {}, () => {});
  await persistence.start();
  const onPglite = await dump(embedded);
  await persistence.close();
  await embedded.destroy();

  expect(onPglite).toEqual(await dump(observer));
});

test('P35 a schema that is newer than the code is left as it is, and works', async () => {
  const { observer, url, persistence } = await stores.open();
  await observer.raw('insert into tidings.migrations (number) values (999)');
  await observer.raw('alter table tidings.messages add column later text');
  const before = await dump(observer);

  const older = await stores.node(url);
  const unit = await older.persistence.begin();
  await unit.commit({ messages: [] });

  expect(await dump(observer)).toEqual(before);
  await expect(persistence.ping()).resolves.toBeUndefined();
});
