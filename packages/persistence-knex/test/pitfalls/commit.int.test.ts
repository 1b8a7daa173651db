import { FaultProxy } from '@tidings/testing/faults';
import { expect, test } from 'vitest';

import { asKnexUnit } from '../../src/index.ts';
import { errorOf, messageOf } from '../support/stores.ts';
import { testStores } from '../support/test-stores.ts';

const stores = testStores();

test('N1 a commit after an error that the handler swallowed fails, and saves nothing', async () => {
  const { persistence, observer } = await stores.open();
  const unit = await persistence.begin();
  const { knex } = asKnexUnit(unit);
  await knex.schema.createTable('kept', (table) => table.integer('n'));

  const swallowed = await errorOf(Promise.resolve(knex('missing').select()));
  const error = await errorOf(unit.commit({ messages: [messageOf('m1')] }));

  expect(swallowed).toMatchObject({ code: '42P01' });
  expect(error).toMatchObject({ code: 'TIDINGS_COMMIT_FAILED', cause: swallowed });
  expect(unit.state).toBe('rolled-back');
  expect(await observer.schema.hasTable('kept')).toBe(false);
  expect(await persistence.log.hasUnsequenced()).toBe(false);
});

test('N1 a constraint that is checked at COMMIT makes the commit fail', async () => {
  const { persistence, observer } = await stores.open();
  await observer.raw('create table once (n int unique deferrable initially deferred)');
  const unit = await persistence.begin();
  await asKnexUnit(unit)
    .knex('once')
    .insert([{ n: 1 }, { n: 1 }]);

  const error = await errorOf(unit.commit({ messages: [messageOf('m1')] }));

  expect(error).toMatchObject({ code: 'TIDINGS_COMMIT_FAILED', transient: false });
  expect(await observer('once').select()).toEqual([]);
  expect(await persistence.log.hasUnsequenced()).toBe(false);
});

test('N1 an error contained in a savepoint does not stand in the way of the commit', async () => {
  const { persistence } = await stores.open();
  const unit = await persistence.begin();

  const error = await errorOf(
    unit.savepoint(async () => {
      await asKnexUnit(unit).knex('missing').select();
    }),
  );
  await unit.commit({ messages: [messageOf('m1')] });

  expect(error).toMatchObject({ code: '42P01' });
  expect(await persistence.log.hasUnsequenced()).toBe(true);
});

test('N2 a commit whose reply is lost is looked up, and resolves when it was made', async () => {
  let proxy: FaultProxy | undefined;
  const { persistence, observer } = await stores.open({
    through: async (url) => (proxy = await FaultProxy.start(url)),
  });
  const unit = await persistence.begin();
  proxy?.cutAt('COMMIT\0');

  await unit.commit({ messages: [messageOf('m1')] });

  expect(proxy?.injected.cuts).toBe(1);
  expect(unit.state).toBe('committed');
  expect(await observer.withSchema('tidings').from('messages').select('id')).toEqual([
    { id: 'm1' },
  ]);
});

test('N2 a commit that the server never got is known to have failed, and may be repeated', async () => {
  const { persistence, observer } = await stores.open();
  const unit = await persistence.begin();
  const { rows } = await asKnexUnit(unit).run({ text: 'select pg_backend_pid() as pid' });
  await observer.raw('select pg_terminate_backend(?, 5000)', [rows[0]?.['pid'] as number]);

  const error = await errorOf(unit.commit({ messages: [messageOf('m1')] }));
  const again = await persistence.begin();
  await again.commit({ messages: [messageOf('m1')] });

  expect(error).toMatchObject({ transient: true });
  expect(await observer.withSchema('tidings').from('messages').select('id')).toEqual([
    { id: 'm1' },
  ]);
});
