import { createServer, type AddressInfo } from 'node:net';

import { eventually } from '@tidings/testing';
import { FaultProxy } from '@tidings/testing/faults';
import { startPostgres, type PrivatePostgres } from '@tidings/testing/servers';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

import { asKnexUnit, createKnex, KnexPersistence } from '../../src/index.ts';
import type { PostgresUnitOfWork } from '../../src/unit-of-work/knex-unit-of-work.ts';
import { errorOf, killBackends, leave, messageOf, Stores, untilRow } from '../support/stores.ts';

let server: PrivatePostgres;
const stores = new Stores(() => server);
const victim = { knex: { applicationName: 'victim' } };
const NO_VICTIM = `select 1 where not exists (
  select from pg_stat_activity where datname = current_database() and application_name = 'victim')`;

beforeAll(async () => {
  server = await startPostgres({ crashable: true });
});
afterEach(() => stores.close());
afterAll(() => server.stop());

test('N3 connections that die while nobody uses them are replaced, and end no process', async () => {
  const { persistence, observer } = await stores.open(victim);
  const units = await Promise.all([persistence.begin(), persistence.begin()]);
  const sessions = units.map((unit) => (unit as PostgresUnitOfWork).transaction.session);
  await leave(...units);
  await persistence.ping();

  await killBackends(observer);
  // The server has forgotten a connection before it closes it, and the client learns of that later still.
  await eventually(() => sessions.every(({ lost }) => lost));
  const unit = await persistence.begin();
  await unit.commit({ messages: [messageOf('m1')] });

  expect(await persistence.log.hasUnsequenced()).toBe(true);
});

test('N4 a connection that dies while a unit has it ends no process, and fails the unit alone', async () => {
  const { persistence, observer } = await stores.open(victim);
  const unit = await persistence.begin();
  await asKnexUnit(unit).run({ text: 'select 1' });

  await killBackends(observer);
  await untilRow(observer, NO_VICTIM);
  const query = await errorOf(asKnexUnit(unit).run({ text: 'select 1' }));
  const commit = await errorOf(unit.commit({ messages: [messageOf('m1')] }));
  const next = await persistence.begin();
  await next.commit({ messages: [messageOf('m2')] });

  expect(query).toMatchObject({ code: 'TIDINGS_PERSISTENCE_UNAVAILABLE', transient: true });
  expect(commit).toMatchObject({ transient: true });
  expect(await observer.withSchema('tidings').from('messages').select('id')).toEqual([
    { id: 'm2' },
  ]);
});

test('N5 a statement that takes too long ends on the server too', async () => {
  const { persistence, observer } = await stores.open({
    knex: { applicationName: 'victim', statementTimeoutMs: 2000 },
  });
  const unit = await persistence.begin();

  const error = await errorOf(asKnexUnit(unit).run({ text: 'select pg_sleep(60)' }));
  await untilRow(
    observer,
    `select 1 where not exists (select from pg_stat_activity where query like '%pg_sleep(60)%'
       and state = 'active' and application_name = 'victim')`,
  );
  await leave(unit);

  expect(error).toMatchObject({ code: 'TIDINGS_COMMIT_FAILED', transient: true });
});

test('N5 a wait for a lock and an idle transaction have an end', async () => {
  const { observer, persistence } = await stores.open({
    knex: { lockTimeoutMs: 50, idleInTransactionTimeoutMs: 12_345 },
  });
  await observer.raw('create table locked (n int); insert into locked values (1)');
  const [first, second] = [await persistence.begin(), await persistence.begin()];
  await asKnexUnit(first).knex('locked').update({ n: 2 });

  const error = await errorOf(Promise.resolve(asKnexUnit(second).knex('locked').update({ n: 3 })));
  const { rows } = await asKnexUnit(first).run({
    text: 'show idle_in_transaction_session_timeout',
  });
  await leave(first, second);

  expect(error).toMatchObject({ code: 'TIDINGS_COMMIT_FAILED', transient: true });
  expect(rows).toEqual([{ idle_in_transaction_session_timeout: '12345ms' }]);
});

test('N6 a server that takes connections and never answers is given up in time', async () => {
  const silent = createServer();
  await new Promise<void>((resolve) => {
    silent.listen(0, '127.0.0.1', resolve);
  });
  const { port } = silent.address() as AddressInfo;
  const db = createKnex({
    url: `postgres://nobody@127.0.0.1:${port}/none`,
    connectTimeoutMs: 100,
    acquireTimeoutMs: 300,
  });
  const persistence = new KnexPersistence(db, {}, () => {});

  const error = await errorOf(persistence.start());
  await persistence.close();
  await db.destroy();
  silent.close();

  expect(error).toMatchObject({ code: 'TIDINGS_PERSISTENCE_UNAVAILABLE', transient: true });
});

test('N7 connections ask the network whether the other side still lives', async () => {
  const { db } = await stores.open();
  const connection = (await db.client.acquireConnection()) as {
    readonly connection: { readonly _keepAlive: boolean };
  };
  await db.client.releaseConnection(connection);

  // oxlint-disable-next-line no-underscore-dangle -- a socket does not tell its options
  expect(connection.connection._keepAlive).toBe(true);
});

test('N9 after a crash and restart of the server no dead connection is lent', async () => {
  const { persistence } = await stores.open({ knex: { poolSize: 3 } });
  const units = await Promise.all([persistence.begin(), persistence.begin(), persistence.begin()]);
  await leave(...units);

  await server.crash();
  const down = await errorOf(persistence.ping());
  await server.restart();
  const outcomes = await Promise.all(
    ['m1', 'm2', 'm3', 'm4'].map(async (id) => {
      const unit = await persistence.begin();
      return errorOf(unit.commit({ messages: [messageOf(id)] }));
    }),
  );

  expect(down).toMatchObject({ code: 'TIDINGS_PERSISTENCE_UNAVAILABLE', transient: true });
  expect(outcomes).toEqual([undefined, undefined, undefined, undefined]);
});

test('N7 a statement on a connection that is dead without saying so has an end', async () => {
  let proxy: FaultProxy | undefined;
  const { persistence } = await stores.open({
    knex: { statementTimeoutMs: 2000 },
    through: async (url) => (proxy = await FaultProxy.start(url)),
  });
  const unit = await persistence.begin();
  await asKnexUnit(unit).run({ text: 'select 1' });

  proxy?.behave({ swallow: 'both' });
  const error = await errorOf(asKnexUnit(unit).run({ text: 'select 2' }));
  proxy?.behave({});
  await leave(unit);
  const next = await persistence.begin();
  await next.commit({ messages: [messageOf('m1')] });

  expect(error).toMatchObject({ code: 'TIDINGS_PERSISTENCE_UNAVAILABLE', transient: true });
});
