import { bind, type Adapter, type Binding } from '@tidings/core';
import { inMemoryTransport } from '@tidings/in-memory';
import { TallyModel, type ProjectionHarness } from '@tidings/testing/conformance';
import type { PrivatePostgres } from '@tidings/testing/servers';
import type { Knex } from 'knex';

import { createKnex, knexPersistence, KnexUnit } from '../../src/index.ts';
import { createPgliteKnex } from '../../src/pglite.ts';
import { tallyOn } from './knex-harness.ts';

function tallyBinding(db: Knex): Binding {
  const tally = tallyOn(db);
  return bind(TallyModel, { unit: KnexUnit }, ({ unit }) => ({
    create: () => tally.create(unit),
    count: (key) => tally.count(unit, key),
  }));
}

/** Projections on a database of their own on a real server, for each test. */
export function postgresProjections(server: () => PrivatePostgres): ProjectionHarness {
  return {
    capabilities: { concurrentUnits: true },
    async create() {
      const url = await server().createDatabase();
      const observer = createKnex({ url, poolSize: 2 });
      const opened: Knex[] = [observer];
      return {
        adapters(): readonly Adapter[] {
          const db = createKnex({ url, poolSize: 5 });
          opened.push(db);
          return [knexPersistence(db), inMemoryTransport()];
        },
        tally: tallyBinding(observer),
        read: () => tallyOn(observer).read(),
        async dispose() {
          for (const db of opened) await db.destroy();
          await server().assertNothingLeft();
        },
      };
    },
  };
}

/** Projections in an embedded database, its schemas made anew for each test. */
export function pgliteProjections(): ProjectionHarness {
  let db: Knex | undefined;
  let count = 0;
  return {
    capabilities: { concurrentUnits: 'PGlite has a single connection' },
    async create() {
      db ??= createPgliteKnex();
      const shared = db;
      const schema = `tidings_${(count += 1)}`;
      await shared.raw('create schema ??', [`app_of_${schema}`]);
      await shared.raw('set search_path to ??', [`app_of_${schema}`]);
      return {
        adapters: () => [knexPersistence(shared, { schema }), inMemoryTransport()],
        tally: tallyBinding(shared),
        read: () => tallyOn(shared).read(),
        dispose: async () => {},
      };
    },
  };
}
