// A pino logger fits as it is. The lines of a handler carry the ids of its message, and everything
// that one request causes has the same correlation id.
import { createApp, feature, handle, on } from '@tidings/core';
import { command, event } from '@tidings/domain';
import { inMemory } from '@tidings/in-memory';
import { pino } from 'pino';
import { z } from 'zod';

const Ship = command('shop.Ship', z.object({ order: z.string() }));
const Shipped = event('shop.Shipped', z.object({ order: z.string() }));

const ship = handle(Ship, {}, (data, _, context) => {
  context.logger.info({ order: data.order }, 'shipping');
  context.publish(Shipped(data));
});
const thank = on(Shipped, 'thank', {}, ({ order }, _, { logger }) => {
  logger.info({ order }, 'thanking');
});

const logger = pino(
  {
    // Tidings logs errors under this name; without it pino would write them as {}.
    errorKey: 'error',
    // Only so that this program always prints the same.
    base: null,
    timestamp: false,
    redact: { paths: ['messageId', 'at'], remove: true },
  },
  { write: (line: string) => console.log(line.trimEnd()) },
);

const app = createApp({
  service: 'shop',
  features: [feature('shop', [ship, thank])],
  adapters: [inMemory()],
  logger,
});
await app.start();
await app.bus.execute(Ship({ order: 'o1' }), { correlationId: 'request-1', waitFor: [thank] });
await app.stop();
