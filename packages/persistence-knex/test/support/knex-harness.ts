import type { Persistence, UnitOfWork } from '@tidings/core';
import {
  ledgerMapping,
  type PersistenceFixture,
  type PersistenceHarness,
  type Tally,
} from '@tidings/testing/conformance';
import { FaultProxy } from '@tidings/testing/faults';
import type { PrivatePostgres } from '@tidings/testing/servers';
import type { Knex } from 'knex';

import { asKnexUnit, createKnex, DocumentRepository, KnexPersistence } from '../../src/index.ts';
import { createPgliteKnex } from '../../src/pglite.ts';

const mustNotWarn = (message: string): void => {
  throw new Error(message);
};

const repository: PersistenceFixture['repository'] = (unit) =>
  new DocumentRepository(asKnexUnit(unit), 'ledgers', ledgerMapping);

const run = async (unit: UnitOfWork, text: string): Promise<void> => {
  await asKnexUnit(unit).run({ text });
};

/** A tally in a table, named without a schema. */
export function tallyOn(db: Knex): Tally {
  const UNDEFINED_TABLE = '42P01';
  return {
    async create(unit) {
      await asKnexUnit(unit).knex.schema.createTable('tally', (table) => {
        table.text('key').primary();
        table.integer('n').notNullable();
      });
    },
    async count(unit, key) {
      const { knex } = asKnexUnit(unit);
      await knex('tally')
        .insert({ key, n: 1 })
        .onConflict('key')
        .merge({ n: knex.raw('tally.n + 1') });
    },
    async read() {
      try {
        const rows = await db('tally').select('key', 'n');
        return Object.fromEntries(rows.map(({ key, n }) => [key, n]));
      } catch (error) {
        if ((error as { code?: unknown }).code === UNDEFINED_TABLE) return {};
        throw error;
      }
    },
  };
}

const failStatement = (unit: UnitOfWork): Promise<void> => run(unit, 'select 1 / 0');

const elapse = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds + 5);
  });

const deferredViolation = async (unit: UnitOfWork): Promise<void> => {
  await run(unit, 'create table once (n int unique deferrable initially deferred)');
  await run(unit, 'insert into once values (1), (1)');
};

const killBackend =
  (db: Knex) =>
  async (unit: UnitOfWork): Promise<void> => {
    const { rows } = await asKnexUnit(unit).run({ text: 'select pg_backend_pid() as pid' });
    await db.raw('select pg_terminate_backend(?)', [rows[0]?.['pid'] as number]);
  };

const idleForTooLong =
  (db: Knex) =>
  async (unit: UnitOfWork): Promise<void> => {
    const { rows } = await asKnexUnit(unit).run({ text: 'select pg_backend_pid() as pid' });
    const pid = rows[0]?.['pid'] as number;
    // The last statement: the server waits from here on, however slow this process is.
    await run(unit, "set local idle_in_transaction_session_timeout = '20ms'");
    for (;;) {
      const alive = await db.raw<{ rows: unknown[] }>(
        'select 1 from pg_stat_activity where pid = ?',
        [pid],
      );
      if (alive.rows.length === 0) return;
    }
  };

/** A database of its own on a real server for each test. */
export function postgresHarness(server: () => PrivatePostgres): PersistenceHarness {
  return {
    capabilities: {
      concurrentUnits: true,
      statementErrors: true,
      commitFaults: true,
      lostCommitReply: true,
      migrations: true,
    },
    async create() {
      const direct = await server().createDatabase();
      const proxy = await FaultProxy.start(direct);
      const observer = createKnex({ url: direct });
      const nodes: { db: Knex; persistence: Persistence }[] = [];
      const node = (): Persistence => {
        const db = createKnex({ url: proxy.url });
        const persistence = new KnexPersistence(db, {}, mustNotWarn);
        nodes.push({ db, persistence });
        return persistence;
      };
      const started = async (): Promise<Persistence> => {
        const persistence = node();
        await persistence.start();
        return persistence;
      };
      return {
        persistence: await started(),
        second: started,
        repository,
        tally: tallyOn(observer),
        elapse,
        failStatement,
        commitFaults: [
          { name: 'a violation of a deferred constraint', provoke: deferredViolation },
          { name: 'its backend was killed', provoke: killBackend(observer) },
          { name: 'it was idle for too long', provoke: idleForTooLong(observer) },
        ],
        loseCommitReply: async () => proxy.cutAt('COMMIT\0'),
        unmigrated: async (count) => {
          const empty = await server().createDatabase();
          return Array.from({ length: count }, () => {
            const db = createKnex({ url: empty });
            const persistence = new KnexPersistence(db, {}, mustNotWarn);
            nodes.push({ db, persistence });
            return persistence;
          });
        },
        async dispose() {
          for (const { db, persistence } of nodes) {
            await persistence.close();
            await db.destroy();
          }
          await observer.destroy();
          await proxy.stop();
          await server().assertNothingLeft();
        },
      };
    },
  };
}

/** An embedded database in memory, its schema emptied for each test: starting one takes seconds. */
export function pgliteHarness(): PersistenceHarness {
  let db: Knex | undefined;
  let schemas = 0;
  const oneConnection = 'PGlite has a single connection';
  return {
    capabilities: {
      concurrentUnits: oneConnection,
      statementErrors: true,
      commitFaults: true,
      lostCommitReply: 'PGlite runs in the process: there is no connection to lose',
      migrations: true,
    },
    async create() {
      db ??= createPgliteKnex();
      const shared = db;
      const nodes: Persistence[] = [];
      const node = (schema: string): Persistence => {
        const persistence = new KnexPersistence(shared, { schema }, mustNotWarn);
        nodes.push(persistence);
        return persistence;
      };
      const schema = `tidings_${(schemas += 1)}`;
      // The tables of the test itself, which are those of an application, are apart as well.
      await shared.raw('create schema ??', [`app_of_${schema}`]);
      await shared.raw('set search_path to ??', [`app_of_${schema}`]);
      const started = async (): Promise<Persistence> => {
        const persistence = node(schema);
        await persistence.start();
        return persistence;
      };
      return {
        persistence: await started(),
        second: started,
        repository,
        tally: tallyOn(shared),
        elapse,
        failStatement,
        commitFaults: [
          { name: 'a violation of a deferred constraint', provoke: deferredViolation },
        ],
        unmigrated: async (count) => {
          const empty = `tidings_${(schemas += 1)}`;
          return Array.from({ length: count }, () => node(empty));
        },
        async dispose() {
          for (const persistence of nodes) await persistence.close();
        },
      };
    },
  };
}
