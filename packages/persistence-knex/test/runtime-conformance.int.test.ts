import { inMemoryTransport } from '@tidings/in-memory';
import { runtimeConformance, type RuntimeHarness } from '@tidings/testing/conformance';
import { startPostgres, type PrivatePostgres } from '@tidings/testing/servers';
import type { Knex } from 'knex';
import { afterAll, beforeAll } from 'vitest';

import { createKnex, knexPersistence } from '../src/index.ts';
import { createPgliteKnex } from '../src/pglite.ts';

let server: PrivatePostgres;

beforeAll(async () => {
  server = await startPostgres();
});

afterAll(() => server.stop());

const onPostgres: RuntimeHarness = {
  capabilities: { concurrentUnits: true },
  async create() {
    const url = await server.createDatabase();
    const opened: Knex[] = [];
    return {
      adapters() {
        const db = createKnex({ url, poolSize: 5 });
        opened.push(db);
        return [knexPersistence(db), inMemoryTransport()];
      },
      async dispose() {
        for (const db of opened) await db.destroy();
      },
    };
  },
};

/** An embedded database in memory, its schema emptied for each test: starting one takes seconds. */
function onPglite(): RuntimeHarness {
  let db: Knex | undefined;
  let schemas = 0;
  return {
    capabilities: { concurrentUnits: 'PGlite has a single connection' },
    async create() {
      db ??= createPgliteKnex();
      const shared = db;
      const schema = `tidings_${(schemas += 1)}`;
      return {
        adapters: () => [knexPersistence(shared, { schema }), inMemoryTransport()],
        dispose: async () => {},
      };
    },
  };
}

runtimeConformance('applications on Postgres', onPostgres);
runtimeConformance('applications on PGlite', onPglite());
