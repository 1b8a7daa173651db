import type { LeaseGrant, UnitOfWork } from '@tidings/core';
import { expect, test } from 'vitest';

import { asKnexUnit, type KnexPersistence } from '../../src/index.ts';
import { errorOf, leave, messageOf, storeMessages } from '../support/stores.ts';
import { testStores } from '../support/test-stores.ts';

const stores = testStores();

async function leaseOf(persistence: KnexPersistence, owner = 'node-1'): Promise<LeaseGrant> {
  const lease = await persistence.leases.acquire('relay', owner, 60_000);
  if (lease === undefined) throw new Error('the lease is not free');
  return lease;
}

async function idsOf(persistence: KnexPersistence): Promise<readonly string[]> {
  return (await persistence.log.read(0, 1000)).map(({ envelope }) => envelope.id);
}

/** Inserts a message, whose number is taken, and leaves the transaction open. */
async function insertEarly(unit: UnitOfWork, id: string): Promise<void> {
  await asKnexUnit(unit)
    .knex.withSchema('tidings')
    .into('messages')
    .insert({ ...messageOf(id) });
}

test('N11 a commit is found by looking, and sends no notification', async () => {
  const { persistence, observer, url } = await stores.open();
  const other = await stores.node(url);
  await storeMessages({ persistence }, 'm1');

  const { rows } = await observer.raw<{ rows: unknown[] }>(
    'select pg_notification_queue_usage() as used',
  );
  const lease = await leaseOf(other.persistence);

  expect(rows).toEqual([{ used: 0 }]);
  expect(await other.persistence.log.hasUnsequenced()).toBe(true);
  expect(await other.persistence.log.sequence(lease, 10)).toBe(1);
});

test('N12 two that claim at once never get two deliveries of one key', async () => {
  const { persistence, url } = await stores.open();
  const other = await stores.node(url);
  for (const [key, id] of [
    ['a', 'a1'],
    ['a', 'a2'],
    ['b', 'b1'],
    ['b', 'b2'],
  ] as const) {
    await persistence.held.hold({
      subscription: 's',
      envelope: messageOf(id),
      key,
      attempts: 1,
      dueIn: 0,
    });
  }

  const claimed = await Promise.all([
    persistence.held.claim(['s'], 10, 60_000),
    other.persistence.held.claim(['s'], 10, 60_000),
    persistence.held.claim(['s'], 10, 60_000),
  ]);

  expect(
    claimed
      .flat()
      .map(({ envelope }) => envelope.id)
      .toSorted(),
  ).toEqual(['a1', 'b1']);
});

test('N12 the numbers of one look keep the order of insertion, and late ones are found again', async () => {
  const { persistence } = await stores.open();
  const lease = await leaseOf(persistence);
  const units = await Promise.all([persistence.begin(), persistence.begin(), persistence.begin()]);
  const [first, second, third] = units;
  await insertEarly(first, 'm1');
  await insertEarly(second, 'rolled back');
  await insertEarly(third, 'm3');

  await third.commit({ messages: [] });
  await persistence.log.sequence(lease, 10);
  const beforeFirst = await idsOf(persistence);
  await second.rollback();
  await persistence.log.sequence(lease, 10);
  await first.commit({ messages: [] });
  await persistence.log.sequence(lease, 10);
  await storeMessages({ persistence }, 'm4');
  await persistence.log.sequence(lease, 10);

  expect(beforeFirst).toEqual(['m3']);
  expect(await idsOf(persistence)).toEqual(['m3', 'm1', 'm4']);
  expect(await persistence.log.hasUnsequenced()).toBe(false);
});

test('N12 a sequencer that was paused while another took over assigns nothing', async () => {
  const { persistence, url, observer } = await stores.open();
  const other = await stores.node(url);
  const stale = await leaseOf(persistence);
  await storeMessages({ persistence }, 'm1', 'm2');
  await observer.raw(`update tidings.leases set expires_at = now() - interval '1 s'`);
  const fresh = await leaseOf(other.persistence, 'node-2');

  const error = await errorOf(persistence.log.sequence(stale, 10));
  await other.persistence.log.sequence(fresh, 10);
  await leave();

  expect(error).toMatchObject({ code: 'TIDINGS_LEASE_LOST' });
  expect(await idsOf(persistence)).toEqual(['m1', 'm2']);
});

test('N12 a transaction with more messages than one look takes, committed late, loses none', async () => {
  const { persistence } = await stores.open();
  const lease = await leaseOf(persistence);
  const late = await persistence.begin();
  const ids = Array.from({ length: 25 }, (_, index) => `m${index}`);
  for (const id of ids) await insertEarly(late, id);
  await storeMessages({ persistence }, 'early');
  await persistence.log.sequence(lease, 10);

  await late.commit({ messages: [] });
  while ((await persistence.log.sequence(lease, 10)) > 0);

  expect(await idsOf(persistence)).toEqual(['early', ...ids]);
});
