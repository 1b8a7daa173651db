import { startPostgres, type PrivatePostgres } from '@tidings/testing/servers';
import { afterAll, afterEach, beforeAll } from 'vitest';

import { Stores } from './stores.ts';

/** Stores for the tests of one file, closed after each test, on a server for all of them. */
export function testStores(): Stores {
  let server: PrivatePostgres | undefined;
  const stores = new Stores(() => {
    if (server === undefined) throw new TypeError('the server is not started yet');
    return server;
  });
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterEach(() => stores.close());
  afterAll(() => server?.stop());
  return stores;
}
