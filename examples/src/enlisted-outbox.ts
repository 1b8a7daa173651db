// The smallest way to use Tidings: your code keeps its own Knex transactions and writes events into
// them. What commits is delivered; what rolls back was never said.
import { createApp, feature, jsonLogger, on } from '@tidings/core';
import { event } from '@tidings/domain';
import { inMemoryTransport } from '@tidings/in-memory';
import { createOutbox, knexPersistence } from '@tidings/persistence-knex';
import { createPgliteKnex } from '@tidings/persistence-knex/pglite';
import { z } from 'zod';

const OrderPlaced = event('shop.OrderPlaced', z.object({ orderId: z.string() }));

const db = createPgliteKnex();
await db.schema.createTable('orders', (table) => table.text('id').primary());

const app = createApp({
  service: 'shop',
  features: [
    feature('orders', [
      on(OrderPlaced, 'confirm-order', {}, ({ orderId }) => console.log(`confirmed ${orderId}`)),
    ]),
  ],
  adapters: [knexPersistence(db), inMemoryTransport()],
  logger: jsonLogger({ level: 'warn' }),
});
await app.start();

const outbox = createOutbox({ service: 'shop' });

async function placeOrder(orderId: string, isPaid: boolean): Promise<void> {
  await db.transaction(async (trx) => {
    await trx('orders').insert({ id: orderId });
    await outbox.enlist(trx).publish(OrderPlaced({ orderId }));
    if (!isPaid) throw new Error(`${orderId} is not paid`);
  });
}

await placeOrder('o1', true);
await placeOrder('o2', false).catch((error: unknown) => console.log(String(error)));

await app.settled();
console.log(`orders: ${(await db('orders').pluck('id')).join(', ')}`);
await app.stop();
await db.destroy();
