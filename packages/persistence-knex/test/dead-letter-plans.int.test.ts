import { startPostgres, type PrivatePostgres } from '@tidings/testing/servers';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

import { Schema } from '../src/connection/schema.ts';
import { deadLetterStatements } from '../src/dead-letters/dead-letter-statements.ts';
import { pagesOnceChosen, type PlanValue } from './support/plans.ts';
import { Stores } from './support/stores.ts';

let server: PrivatePostgres;
const stores = new Stores(() => server);
const { ofReasons } = deadLetterStatements(new Schema('tidings'));
/** All the letters take several hundred pages. */
const FEW_PAGES = 50;

beforeAll(async () => {
  server = await startPostgres();
});
afterEach(() => stores.close());
afterAll(() => server.stop());

test('looking for a few dead letters of some reasons costs the same however many others there are', async () => {
  const { observer, persistence } = await stores.open();
  await observer.raw(
    `insert into tidings.dead_letters (id, subscription, type, reason, error, attempts, envelope, blocking)
     select 'l' || n, 's', 't', case when n % 5000 = 0 then 'unknown-type' else 'schema' end, 'e', 1,
       '{}', false
     from generate_series(1, 30000) as n`,
  );
  await observer.raw('vacuum analyze tidings.dead_letters');

  const any: readonly PlanValue[] = [
    null,
    null,
    null,
    ['unknown-type', 'unsupported-version'],
    null,
    null,
    'dead',
  ];
  const { total, page } = ofReasons;
  expect(await pagesOnceChosen(observer, total.text, any)).toBeLessThan(FEW_PAGES);
  expect(await pagesOnceChosen(observer, page.text, [...any, 0, 100])).toBeLessThan(FEW_PAGES);
  expect((await persistence.deadLetters.list({ reason: 'unknown-type' })).total).toBe(6);
});
