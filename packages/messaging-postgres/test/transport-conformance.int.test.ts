import { createKnex } from '@tidings/persistence-knex';
import { createPgliteKnex } from '@tidings/persistence-knex/pglite';
import { transportConformance } from '@tidings/testing/conformance';
import { startPostgres, type PrivatePostgres } from '@tidings/testing/servers';
import type { Knex } from 'knex';
import { afterAll, beforeAll } from 'vitest';

import { pgliteHarness, postgresHarness } from './support/postgres-harness.ts';

let server: PrivatePostgres;
let db: Knex;
let embedded: Knex;

beforeAll(async () => {
  // All rows at once, each with connections of its own.
  server = await startPostgres({ crashable: true, settings: { max_connections: '600' } });
  db = createKnex({ url: await server.createDatabase(), poolSize: 10 });
  embedded = createPgliteKnex();
  // It keeps the process busy while it starts, for longer than a connection to the server may take.
  await embedded.raw('select 1');
});
afterAll(async () => {
  await Promise.all([db.destroy(), embedded.destroy()]);
  await server.assertNothingLeft();
  await server.stop();
});

transportConformance(
  'Postgres',
  postgresHarness(() => db),
  { parallel: 3 },
);

transportConformance(
  'PGlite',
  pgliteHarness(() => embedded),
);
