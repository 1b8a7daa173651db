import { startPostgres, type PrivatePostgres } from '@tidings/testing/servers';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

import { Schema } from '../src/connection/schema.ts';
import { heldStatements } from '../src/held/held-statements.ts';
import { inboxStatements } from '../src/inbox/inbox-statements.ts';
import { pagesOf } from './support/plans.ts';
import { Stores } from './support/stores.ts';

let server: PrivatePostgres;
const stores = new Stores(() => server);
const schema = new Schema('tidings');
/** A scan of all rows of these tests reads several hundred pages. */
const FEW_PAGES = 50;
const WEEK_MS = 7 * 24 * 60 * 60 * 1000;

beforeAll(async () => {
  server = await startPostgres();
});
afterEach(() => stores.close());
afterAll(() => server.stop());

test('claiming what is due costs the same however many keys wait for later', async () => {
  const { observer } = await stores.open();
  await observer.raw(
    `insert into tidings.held_keys (subscription, key, state, due_at, depth)
     select 's', 'key ' || n, 'due', now() + interval '1 hour', 1 from generate_series(1, 30000) as n`,
  );
  await observer.raw('vacuum analyze tidings.held_keys');

  const values = [['s', 'other'], 4, 1000, ['s'], ['key 7']];
  expect(await pagesOf(observer, heldStatements(schema).claim.text, values)).toBeLessThan(
    FEW_PAGES,
  );
});

test('forgetting what is old costs the same however much is remembered', async () => {
  const { observer } = await stores.open();
  await observer.raw(
    `insert into tidings.inbox (subscription, message_id, fingerprint)
     select 's', 'message ' || n, 1 from generate_series(1, 30000) as n`,
  );
  await observer.raw(
    `insert into tidings.intents (id, fingerprint) select 'intent ' || n, 'f' from generate_series(1, 30000) as n`,
  );
  await observer.raw('vacuum analyze tidings.inbox, tidings.intents');

  const { cleanInbox, cleanIntents } = inboxStatements(schema);
  expect(await pagesOf(observer, cleanInbox.text, [WEEK_MS, 1000])).toBeLessThan(FEW_PAGES);
  expect(await pagesOf(observer, cleanIntents.text, [WEEK_MS, 1000])).toBeLessThan(FEW_PAGES);
});
