import { createApp, feature, handle, on, type App } from '@tidings/core';
import { command, event, type StandardSchemaV1 } from '@tidings/domain';
import { inMemoryTransport } from '@tidings/in-memory';
import { eventually } from '@tidings/testing';
import { startPostgres, type PrivatePostgres } from '@tidings/testing/servers';
import type { Knex } from 'knex';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

import { createKnex, createOutbox, knexPersistence } from '../src/index.ts';

const named: StandardSchemaV1<{ readonly name: string }> = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: (value) => ({ value: value as { readonly name: string } }),
  },
};
const Placed = event('test.Placed', named);
const Ship = command('test.Ship', named);

let server: PrivatePostgres;
const closing: (() => Promise<void>)[] = [];

beforeAll(async () => {
  server = await startPostgres();
});
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});
afterAll(() => server.stop());

/** An application that notes what it is told, and a Knex that it does not know. */
async function open(): Promise<{
  readonly db: Knex;
  readonly heard: string[];
  readonly app: App;
}> {
  const url = await server.createDatabase();
  const [own, db] = [createKnex({ url }), createKnex({ url })];
  closing.push(
    () => own.destroy(),
    () => db.destroy(),
  );
  const heard: string[] = [];
  const app = createApp({
    service: 'shop',
    features: [
      feature('shop', [
        on(Placed, 'listener', {}, ({ name }) => {
          heard.push(`placed ${name}`);
        }),
        handle(Ship, {}, ({ name }) => {
          heard.push(`ship ${name}`);
        }),
      ]),
    ],
    adapters: [knexPersistence(own), inMemoryTransport()],
  });
  await app.start();
  closing.push(() => app.stop());
  await db.schema.createTable('orders', (table) => table.text('id').primary());
  return { db, heard, app };
}

const outbox = createOutbox({ service: 'shop' });

async function place(trx: Knex.Transaction, name: string): Promise<void> {
  await trx('orders').insert({ id: name });
  await outbox.enlist(trx).publish(Placed({ name }));
  await outbox.enlist(trx).send(Ship({ name }));
}

test('what is enlisted in a transaction that commits is delivered, once', async () => {
  const { db, heard } = await open();

  await db.transaction((trx) => place(trx, 'o1'));
  await db.transaction((trx) => place(trx, 'o2'));
  await eventually(() => heard.length >= 4, { timeoutMs: 20_000 });

  expect(heard.toSorted()).toEqual(['placed o1', 'placed o2', 'ship o1', 'ship o2']);
  expect(await db('orders').pluck('id').orderBy('id')).toEqual(['o1', 'o2']);
});

test('what is enlisted in a transaction that is rolled back is not delivered', async () => {
  const { db, heard } = await open();

  const failing = db.transaction(async (trx) => {
    await place(trx, 'failed');
    throw new Error('it is not to be');
  });
  await expect(failing).rejects.toThrow('it is not to be');
  const undone = await db.transaction();
  await place(undone, 'undone');
  await undone.rollback();
  // The log keeps the order: what comes after them would come after their messages.
  await db.transaction((trx) => place(trx, 'kept'));
  await eventually(() => heard.length >= 2, { timeoutMs: 20_000 });

  expect(heard.toSorted()).toEqual(['placed kept', 'ship kept']);
  expect(await db('orders').pluck('id')).toEqual(['kept']);
});

test('nothing is enlisted of a message that does not fit, and the transaction can go on', async () => {
  const { db, heard } = await open();
  const { enlist } = createOutbox({
    service: 'shop',
    limits: { maxBodyBytes: 100, maxDepth: 5 },
  });

  await db.transaction(async (trx) => {
    const tooLarge = enlist(trx).publish(Placed({ name: 'x'.repeat(200) }));
    await expect(tooLarge).rejects.toMatchObject({ code: 'TIDINGS_VALIDATION' });
    const withIntent = enlist(trx).publish(Placed({ name: 'o1' }), { intent: 'i1' } as object);
    await expect(withIntent).rejects.toMatchObject({ code: 'TIDINGS_INVALID_OPTIONS' });
    await enlist(trx).publish(Placed({ name: 'fits' }));
  });
  await eventually(() => heard.length >= 1, { timeoutMs: 20_000 });

  expect(heard).toEqual(['placed fits']);
});

test('a command that is enlisted with a due time is delivered when it is due, or cancelled', async () => {
  const { db, heard, app } = await open();
  const ids: string[] = [];

  await db.transaction(async (trx) => {
    const enlisted = outbox.enlist(trx);
    ids.push(await enlisted.send(Ship({ name: 'in time' }), { in: 50 }));
    ids.push(await enlisted.send(Ship({ name: 'long due' }), { at: '2001-01-01T00:00:00Z' }));
    ids.push(await enlisted.send(Ship({ name: 'never' }), { at: '2999-01-01T00:00:00Z' }));
    const invalid = { code: 'TIDINGS_INVALID_OPTIONS' };
    await expect(enlisted.send(Ship({ name: 'no' }), { in: -1 })).rejects.toMatchObject(invalid);
    await expect(
      enlisted.publish(Placed({ name: 'no' }), { in: 1 } as object),
    ).rejects.toMatchObject(invalid);
  });
  await eventually(() => heard.length >= 2, { timeoutMs: 20_000 });

  expect(heard.toSorted()).toEqual(['ship in time', 'ship long due']);
  const { messages } = await app.scheduled.list();
  expect(messages).toMatchObject([{ envelope: { id: ids[2] }, dueAt: '2999-01-01T00:00:00.000Z' }]);
  expect(await app.bus.cancel(ids[2] ?? '')).toBe(true);
});
