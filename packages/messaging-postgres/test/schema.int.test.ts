import { createPgliteKnex } from '@tidings/persistence-knex/pglite';
import { describeSchema } from '@tidings/testing/servers';
import type { Knex } from 'knex';
import { expect, test } from 'vitest';

import { migrateMessaging } from '../src/index.ts';
import { testDatabase } from './support/test-database.ts';

const database = testDatabase();

const dump = (db: Knex): Promise<readonly string[]> => describeSchema(db, 'tidings_messaging');

test('the schema that the migrations make has not changed since it was released', async () => {
  await migrateMessaging(database.db);
  expect(await dump(database.db)).toMatchSnapshot();
});

test('PGlite gets the same schema as Postgres', async () => {
  await migrateMessaging(database.db);
  const embedded = createPgliteKnex();
  await migrateMessaging(embedded);
  const onPglite = await dump(embedded);
  await embedded.destroy();
  expect(onPglite).toEqual(await dump(database.db));
});

test('P35 several processes may migrate at once, and all of them work', async () => {
  const transports = await Promise.all(Array.from({ length: 5 }, () => database.open()));
  for (const transport of transports) await expect(transport.ping()).resolves.toBeUndefined();
});

test('P35 a schema that is newer than the code is left as it is, and works', async () => {
  const { db } = database;
  await migrateMessaging(db);
  await db.raw('insert into tidings_messaging.migrations (number) values (999)');
  await db.raw('alter table tidings_messaging.deliveries add column later text');
  const before = await dump(db);
  const transport = await database.open();
  await transport.declare([{ name: 'views', kind: 'event', types: ['test.Happened'] }]);
  expect(await dump(db)).toEqual(before);
});

test('a migration that fails leaves nothing behind, and the connection is used on', async () => {
  const { db } = database;
  await db.raw('create schema tidings_messaging');
  await db.raw('create table tidings_messaging.bindings (in_the_way int)');
  await expect(migrateMessaging(db)).rejects.toMatchObject({ code: '42P07' });
  expect(await dump(db)).toEqual(['bindings.in_the_way int4']);
  await db.raw('drop table tidings_messaging.bindings');
  await migrateMessaging(db);
});
