import { projectionRuntimeConformance } from '@tidings/testing/conformance';
import { startPostgres, type PrivatePostgres } from '@tidings/testing/servers';
import { afterAll, beforeAll } from 'vitest';

import { pgliteProjections, postgresProjections } from './support/projection-harness.ts';

let server: PrivatePostgres;

beforeAll(async () => {
  server = await startPostgres();
});

afterAll(() => server.stop());

projectionRuntimeConformance(
  'projections on Postgres',
  postgresProjections(() => server),
);
projectionRuntimeConformance('projections on PGlite', pgliteProjections());
