import { inMemoryTransport } from '@tidings/in-memory';
import { runtimeConformance, type RuntimeHarness } from '@tidings/testing/conformance';
import { startPostgres, type PrivatePostgres } from '@tidings/testing/servers';
import type { Knex } from 'knex';
import { afterAll, beforeAll } from 'vitest';

import { createKnex, knexPersistence } from '../src/index.ts';

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

runtimeConformance('applications on Postgres', onPostgres);
