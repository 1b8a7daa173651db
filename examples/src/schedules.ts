// An order that nobody pays for is given up after an hour, and every night the open orders are reported.
// The clock is a virtual one, so that days pass at once.
import { createApp, feature, handle, jsonLogger, schedule } from '@tidings/core';
import { command } from '@tidings/domain';
import { inMemory } from '@tidings/in-memory';
import { VirtualClock } from '@tidings/testing';
import { z } from 'zod';

const HOUR_MS = 60 * 60 * 1000;
const Order = z.object({ orderId: z.string() });
const PlaceOrder = command('shop.PlaceOrder', Order);
const Pay = command('shop.Pay', Order);
const GiveUp = command('shop.GiveUp', Order);
const Report = command('shop.Report', z.object({ day: z.string() }));

const clock = new VirtualClock({ now: '2026-03-27T22:00:00Z' });
const say = (text: string): void =>
  console.log(`${new Date(clock.now()).toISOString().slice(0, 16)} ${text}`);

/** The open orders, each with the id of the message that gives it up. */
const open = new Map<string, string>();

const placeOrder = handle(PlaceOrder, {}, ({ orderId }, _, context) => {
  open.set(orderId, context.send(GiveUp({ orderId }), { in: HOUR_MS }));
});
const pay = handle(Pay, {}, ({ orderId }, _, context) => {
  context.cancel(open.get(orderId) ?? '');
  if (open.delete(orderId)) say(`${orderId} is paid`);
});
// It may have fired when the payment came: then there is nothing left to be given up.
const giveUp = handle(GiveUp, {}, ({ orderId }) => {
  if (open.delete(orderId)) say(`${orderId} is given up`);
});
const report = handle(Report, {}, ({ day }) => say(`report up to ${day}: ${open.size} open`));

const nightly = schedule('nightly-report', '0 3 * * *', { timeZone: 'Europe/Berlin' }, (instant) =>
  Report({ day: instant.toISOString().slice(0, 10) }),
);

const app = createApp({
  service: 'shop',
  features: [feature('shop', [placeOrder, pay, giveUp, report, nightly])],
  adapters: [inMemory()],
  clock,
  logger: jsonLogger({ level: 'silent' }),
});
await app.start();

await app.bus.execute(PlaceOrder({ orderId: 'o1' }));
await app.bus.execute(PlaceOrder({ orderId: 'o2' }));
await app.bus.send(PlaceOrder({ orderId: 'o3' }), { at: '2026-03-28T01:30:00+00:00' });
await clock.skip(HOUR_MS / 2);
await app.bus.execute(Pay({ orderId: 'o1' }));

// Two nights, the second of which has no hour from 2 to 3.
for (let hour = 0; hour < 2 * 24; hour += 0.5) {
  await clock.skip(HOUR_MS / 2);
  await app.settled();
}

await app.schedules.pause('nightly-report');
await app.schedules.runNow('nightly-report');
await app.settled();
for (const { name, definition, lastFiredAt, paused } of await app.schedules.list()) {
  say(`${name} (${definition}): last at ${lastFiredAt}${paused ? ', paused' : ''}`);
}
await app.stop();
