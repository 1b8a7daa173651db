import { createKnex, knexPersistence } from '@tidings/persistence-knex';
import { createPgliteKnex } from '@tidings/persistence-knex/pglite';
import { runtimeConformance, type RuntimeHarness } from '@tidings/testing/conformance';
import { startPostgres, type PrivatePostgres } from '@tidings/testing/servers';
import type { Knex } from 'knex';
import { afterAll, beforeAll } from 'vitest';

import { postgresMessaging } from '../src/index.ts';

let server: PrivatePostgres;

beforeAll(async () => {
  server = await startPostgres();
});

afterAll(async () => {
  await server.stop();
});

const onServer: RuntimeHarness = {
  capabilities: { concurrentUnits: true },
  async create() {
    const url = await server.createDatabase();
    const opened: Knex[] = [];
    return {
      adapters() {
        const db = createKnex({ url, poolSize: 5 });
        opened.push(db);
        return [knexPersistence(db), postgresMessaging(db, { leaseMs: 2000 })];
      },
      async dispose() {
        for (const db of opened) await db.destroy();
        await server.assertNothingLeft();
      },
    };
  },
};

/** An embedded database; its applications share the connection. */
const embedded: RuntimeHarness = {
  capabilities: { concurrentUnits: 'PGlite has a single connection' },
  async create() {
    const db = createPgliteKnex();
    return {
      adapters: () => [knexPersistence(db), postgresMessaging(db)],
      dispose: () => db.destroy(),
    };
  },
};

runtimeConformance('applications on Postgres alone', onServer);
runtimeConformance('applications on PGlite alone', embedded);
