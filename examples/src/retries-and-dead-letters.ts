// A subscription whose mail server is down: it is tried again by rule, then its delivery becomes a
// dead letter, and when the server is back an operator replays it.
import { createApp, feature, handle, jsonLogger, on } from '@tidings/core';
import type { RetryPolicy } from '@tidings/core';
import { command, event } from '@tidings/domain';
import { inMemory } from '@tidings/in-memory';
import { z } from 'zod';

const PlaceOrder = command('orders.PlaceOrder', z.object({ orderId: z.string() }));
const OrderPlaced = event('orders.OrderPlaced', z.object({ orderId: z.string() }));

const placeOrder = handle(PlaceOrder, {}, (order, _, context) =>
  context.publish(OrderPlaced(order)),
);

class MailRefusedError extends Error {
  override readonly name = 'MailRefusedError';
}

let mailServerIsUp = false;

/** Once more at once, then after 20 and 50 ms; a mail that is refused is not tried again at all. */
const retry: RetryPolicy = [
  { when: { name: 'MailRefusedError' } },
  { immediate: 1, delays: [20, 50], jitter: 0 },
];

const confirm = on(
  OrderPlaced,
  'confirm-order',
  {},
  ({ orderId }, _, { attempt }) => {
    console.log(`${orderId}, attempt ${attempt}`);
    if (orderId === 'o2') throw new MailRefusedError('no such address');
    if (!mailServerIsUp) throw new Error('the mail server does not answer');
  },
  { retry },
);

const app = createApp({
  service: 'shop',
  features: [feature('orders', [placeOrder, confirm])],
  adapters: [inMemory()],
  logger: jsonLogger({ level: 'silent' }),
});
await app.start();

await app.bus.execute(PlaceOrder({ orderId: 'o1' }));
await app.settled();
await app.bus.execute(PlaceOrder({ orderId: 'o2' }));
await app.settled();

const { letters } = await app.deadLetters.list({ subscription: 'confirm-order' });
for (const { reason, attempts, error } of letters) {
  console.log(`${reason} after ${attempts}: ${error}`);
}

mailServerIsUp = true;
const [first, second] = letters.map(({ id }) => id);
const replayed = await app.deadLetters.replay({ ids: [first ?? ''] });
await app.settled();
console.log(`replayed: ${replayed}`);
console.log(`discarded: ${await app.deadLetters.discard({ ids: [second ?? ''] })}`);
console.log(`dead letters left: ${(await app.deadLetters.list()).total}`);
await app.stop();
