import { startPostgres } from '@tidings/testing/servers';

/**
 * Starts one Postgres for all integration tests of a run. A test gets it by `startPostgres()`, which
 * finds it through the environment, and makes a database of its own in it; a test that crashes its
 * server asks for `startPostgres({ crashable: true })` and gets one of its own.
 */
export default async function setUp(): Promise<() => Promise<void>> {
  const before = process.env['TIDINGS_TEST_DATABASE_URL'];
  const server = await startPostgres();
  process.env['TIDINGS_TEST_DATABASE_URL'] = server.url;
  return async () => {
    if (before === undefined) delete process.env['TIDINGS_TEST_DATABASE_URL'];
    else process.env['TIDINGS_TEST_DATABASE_URL'] = before;
    await server.stop();
  };
}
