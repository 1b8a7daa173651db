import { inMemoryTransport } from '@tidings/in-memory';
import { runtimeConformance, type RuntimeHarness } from '@tidings/testing/conformance';
import { startPostgres, type PrivatePostgres } from '@tidings/testing/servers';
import type { Knex } from 'knex';
import { afterAll, beforeAll } from 'vitest';

import { createKnex, knexPersistence } from '../src/index.ts';
import { createPgliteKnex } from '../src/pglite.ts';

let server: PrivatePostgres;
/** Starting one takes seconds: each test has a schema of its own in it. */
let embedded: Knex;

beforeAll(async () => {
  embedded = createPgliteKnex();
  server = await startPostgres();
});

afterAll(async () => {
  await embedded.destroy();
  await server.stop();
});

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

let schemas = 0;
const onPglite: RuntimeHarness = {
  capabilities: { concurrentUnits: 'PGlite has a single connection' },
  async create() {
    const schema = `runtime_${(schemas += 1)}`;
    return {
      adapters: () => [knexPersistence(embedded, { schema }), inMemoryTransport()],
      dispose: async () => {},
    };
  },
};

runtimeConformance('applications on Postgres', onPostgres);
runtimeConformance('applications on PGlite', onPglite);
