import { createApp, feature, on } from '@tidings/core';
import { event, type StandardSchemaV1 } from '@tidings/domain';
import { inMemoryTransport } from '@tidings/in-memory';
import { eventually } from '@tidings/testing';
import { expect, test } from 'vitest';

import { asKnexUnit, createKnex, knexPersistence } from '../../src/index.ts';
import { errorOf, leave, messageOf } from '../support/stores.ts';
import { testStores } from '../support/test-stores.ts';

const stores = testStores();

test('N10 of two units in a deadlock one goes on, and the other is told to repeat its work', async () => {
  const { persistence, observer } = await stores.open();
  await observer.raw(
    'create table crossed (id int primary key, n int); insert into crossed values (1, 0), (2, 0)',
  );
  const [first, second] = [await persistence.begin(), await persistence.begin()];
  await asKnexUnit(first).knex('crossed').where({ id: 1 }).update({ n: 1 });
  await asKnexUnit(second).knex('crossed').where({ id: 2 }).update({ n: 2 });

  const errors = await Promise.all([
    errorOf(
      Promise.resolve(asKnexUnit(first).knex('crossed').where({ id: 2 }).update({ n: 1 })).then(
        () => first.commit({ messages: [] }),
      ),
    ),
    errorOf(
      Promise.resolve(asKnexUnit(second).knex('crossed').where({ id: 1 }).update({ n: 2 })).then(
        () => second.commit({ messages: [] }),
      ),
    ),
  ]);
  await leave(first, second);

  const failed = errors.filter((error) => error !== undefined);
  expect(failed).toHaveLength(1);
  expect(failed[0]).toMatchObject({ code: 'TIDINGS_CONCURRENCY', transient: true });
});

test('N10 a serialization failure, also one that COMMIT reports, is told as a conflict', async () => {
  const { persistence, observer } = await stores.open();
  await observer.raw(
    'create table doctors (id int primary key, on_call boolean); insert into doctors values (1, true), (2, true)',
  );
  const units = [await persistence.begin(), await persistence.begin()];
  for (const unit of units) {
    await asKnexUnit(unit).run({ text: 'set transaction isolation level serializable' });
    await asKnexUnit(unit).knex('doctors').where({ on_call: true }).count();
  }

  const errors: unknown[] = [];
  for (const [index, unit] of units.entries()) {
    errors.push(
      await errorOf(
        Promise.resolve(
          asKnexUnit(unit)
            .knex('doctors')
            .where({ id: index + 1 })
            .update({ on_call: false }),
        ).then(() => unit.commit({ messages: [messageOf(`m${index}`)] })),
      ),
    );
  }
  await leave(...units);

  expect(errors[0]).toBeUndefined();
  expect(errors[1]).toMatchObject({ code: 'TIDINGS_CONCURRENCY', transient: true });
});

test('N10 a server without a free connection is told as unavailable for now', async () => {
  const { url, observer } = await stores.open();
  const database = new URL(url).pathname.slice(1);
  await observer.raw(`create role crowd login connection limit 0`);
  await observer.raw(`grant all on database ?? to crowd`, [database]);
  const crowded = new URL(url);
  crowded.username = 'crowd';

  const error = await errorOf(stores.node(crowded.href, { knex: { acquireTimeoutMs: 500 } }));
  await observer.raw(`revoke all on database ?? from crowd; drop role crowd`, [database]);

  expect(error).toMatchObject({ code: 'TIDINGS_PERSISTENCE_UNAVAILABLE', transient: true });
});

const keyed: StandardSchemaV1<{ readonly key: string }> = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: (value) => ({ value: value as { readonly key: string } }),
  },
};
const Happened = event('test.Keyed', keyed, { partitionKey: ({ key }) => key });

test('a delivery waits for another of its key as long as for a lock, and is told that it is busy', async () => {
  const { persistence } = await stores.open({ knex: { lockTimeoutMs: 50 } });
  const [first, second] = [await persistence.begin(), await persistence.begin()];
  await first.receive({ subscription: 's', messageId: 'm1', fingerprint: 1, key: 'k' });

  const next = await second.receive({
    subscription: 's',
    messageId: 'm2',
    fingerprint: 2,
    key: 'k',
  });
  await leave(first, second);

  expect(next).toBe('busy');
});

test('a delivery whose key is busy for long is no failed attempt, and is handled afterwards', async () => {
  const { persistence, url } = await stores.open();
  const elsewhere = await persistence.begin();
  await elsewhere.receive({ subscription: 'slow', messageId: 'm1', fingerprint: 1, key: 'k' });
  const attempts: number[] = [];
  const slow = on(
    Happened,
    'slow',
    {},
    (_data, _dependencies, { attempt }) => {
      attempts.push(attempt);
    },
    { retry: [] },
  );
  const db = createKnex({ url, lockTimeoutMs: 50 });
  const app = createApp({
    service: 'busy',
    features: [feature('busy', [slow])],
    adapters: [knexPersistence(db), inMemoryTransport()],
  });
  await app.start();
  await app.bus.publish(Happened({ key: 'k' }));
  await eventually(async () => (await app.deadLetters.heldKeys()).length > 0, {
    timeoutMs: 20_000,
  });
  await elsewhere.commit({ messages: [] });

  await eventually(() => attempts.length > 0, { timeoutMs: 20_000 });
  const { deadLettered, failed } = await app.settled({ timeoutMs: 20_000 });
  await app.stop();
  await db.destroy();

  expect({ deadLettered, failed }).toEqual({ deadLettered: [], failed: [] });
  expect(attempts).toHaveLength(1);
});
