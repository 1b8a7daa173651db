import { persistenceConformance } from '@tidings/testing/conformance';
import { startPostgres, type PrivatePostgres } from '@tidings/testing/servers';
import { afterAll, beforeAll } from 'vitest';

import { pgliteHarness, postgresHarness } from './support/knex-harness.ts';

let server: PrivatePostgres;

beforeAll(async () => {
  server = await startPostgres();
});

afterAll(() => server.stop());

persistenceConformance(
  'the store on Postgres',
  postgresHarness(() => server),
);
persistenceConformance('the store on PGlite', pgliteHarness());
