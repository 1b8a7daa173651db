import { describeSchema } from '@tidings/testing/servers';
import type { Knex } from 'knex';
import { expect, test } from 'vitest';

import { KnexPersistence } from '../src/index.ts';
import { createPgliteKnex } from '../src/pglite.ts';
import { testStores } from './support/test-stores.ts';

const stores = testStores();

const dump = (db: Knex): Promise<readonly string[]> => describeSchema(db, 'tidings');

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
