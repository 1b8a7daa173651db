import { FaultProxy } from '@tidings/testing/faults';
import { createApp, feature, handle, token, bind } from '@tidings/core';
import { command, type StandardSchemaV1 } from '@tidings/domain';
import { inMemoryTransport } from '@tidings/in-memory';
import { startPostgres, type PrivatePostgres } from '@tidings/testing/servers';
import type { Knex } from 'knex';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

import { asKnexUnit, createKnex, knexPersistence, KnexTransaction } from '../../src/index.ts';
import { errorOf, killBackends, leave, Stores, untilRow } from '../support/stores.ts';

let server: PrivatePostgres;
const stores = new Stores(() => server);

beforeAll(async () => {
  server = await startPostgres();
});
afterEach(() => stores.close());
afterAll(() => server.stop());

const anything: StandardSchemaV1<{ readonly n: number }> = {
  '~standard': {
    version: 1,
    vendor: 'tidings',
    validate: (value) => ({ value: value as { readonly n: number } }),
  },
};
const Escape = command('test.Escape', anything);
const Stay = command('test.Stay', anything);
const Database = token<Knex>('test.Database');

test('N8 a query that escapes its unit of work fails at once and names the handler', async () => {
  const url = await server.createDatabase();
  const db = createKnex({ url, poolSize: 1, acquireTimeoutMs: 60_000 });
  const app = createApp({
    service: 'pool',
    features: [
      feature('pool', [
        handle(Escape, { db: Database }, async (_data, { db: other }) => {
          await other.raw('select 1');
        }),
        handle(Stay, { trx: KnexTransaction }, async (_data, { trx }) => {
          await trx.raw('select 1');
        }),
      ]),
    ],
    adapters: [knexPersistence(db), inMemoryTransport()],
    provide: [bind(Database, {}, () => db, 'application')],
  });
  await app.start();

  const escaped = await errorOf(app.bus.execute(Escape({ n: 1 })));
  const stayed = await errorOf(app.bus.execute(Stay({ n: 1 })));
  const outside = await db.raw<{ rows: unknown[] }>('select 1 as one');
  await app.stop();
  await db.destroy();

  expect(escaped).toMatchObject({ code: 'TIDINGS_ESCAPED_QUERY' });
  expect((escaped as Error).message).toContain('test.Escape');
  expect((escaped as Error).message).toContain('pool.int.test.ts');
  expect(stayed).toBeUndefined();
  expect(outside.rows).toEqual([{ one: 1 }]);
});

test('N8 leases, log and dead letters go on while units use up the pool', async () => {
  const { persistence } = await stores.open({ knex: { poolSize: 2 } });
  const units = [await persistence.begin(), await persistence.begin()];
  await Promise.all(units.map((unit) => asKnexUnit(unit).run({ text: 'select 1' })));

  const lease = await persistence.leases.acquire('relay', 'node-1', 60_000);
  const sequenced = lease && (await persistence.log.sequence(lease, 10));
  const { total } = await persistence.deadLetters.list({});
  await leave(...units);

  expect({ sequenced, total }).toEqual({ sequenced: 0, total: 0 });
});

test('N13 a lease outlives the connection that took it, and fences by its epoch', async () => {
  const { persistence, observer, url } = await stores.open({ knex: { applicationName: 'victim' } });
  const lease = await persistence.leases.acquire('relay', 'node-1', 60_000);
  if (lease === undefined) throw new Error('the lease is not free');

  await killBackends(observer);
  const second = await stores.node(url);
  const other = await second.persistence.leases.acquire('relay', 'node-2', 60_000);
  const renewed = await persistence.leases.renew(lease, 1);
  let taken = await second.persistence.leases.acquire('relay', 'node-2', 60_000);
  while (taken === undefined) {
    taken = await second.persistence.leases.acquire('relay', 'node-2', 60_000);
  }

  expect(other).toBeUndefined();
  expect(renewed).toBe(true);
  expect(taken.epoch).toBeGreaterThan(lease.epoch);
  expect(await persistence.leases.renew(lease, 60_000)).toBe(false);
  expect(await persistence.checkpoints.advance('relay', 1, lease)).toBe('fenced');
});

test('N8 a unit that nobody ended keeps neither the store nor its pool from closing', async () => {
  const { persistence, db, observer } = await stores.open({ knex: { applicationName: 'victim' } });
  const forgotten = await persistence.begin();
  await asKnexUnit(forgotten).run({ text: 'create table forgotten ()' });

  await persistence.close();
  await db.destroy();
  const error = await errorOf(asKnexUnit(forgotten).run({ text: 'select 1' }));
  await untilRow(
    observer,
    `select 1 where not exists (select from pg_stat_activity
       where datname = current_database() and application_name = 'victim')`,
  );
  await leave(forgotten);

  expect(error).toMatchObject({ code: 'TIDINGS_PERSISTENCE_UNAVAILABLE' });
});

test('N8 a statement that gets no answer does not keep the store from closing', async () => {
  let proxy: FaultProxy | undefined;
  const { persistence } = await stores.open({
    through: async (url) => (proxy = await FaultProxy.start(url)),
  });
  await persistence.ping();

  proxy?.behave({ swallow: 'both' });
  const ping = errorOf(persistence.ping());
  const began = performance.now();
  await persistence.close();
  const took = performance.now() - began;

  expect(await ping).toMatchObject({ code: 'TIDINGS_PERSISTENCE_UNAVAILABLE' });
  // The driver itself would give up after 35 seconds.
  expect(took).toBeLessThan(30_000);
});

test('a unit that waits for a connection is given up when its signal aborts, and keeps none', async () => {
  const { persistence } = await stores.open({ knex: { poolSize: 1 } });
  const only = await persistence.begin();
  await asKnexUnit(only).run({ text: 'select 1' });
  const giveUp = new AbortController();
  const reason = new Error('the caller has gone');

  const waiting = errorOf(persistence.begin({ signal: giveUp.signal }));
  giveUp.abort(reason);
  const error = await waiting;
  await leave(only);
  const next = await persistence.begin();
  await leave(next);

  expect(error).toBe(reason);
});
