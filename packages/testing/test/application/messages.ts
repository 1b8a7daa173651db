import { command, event } from '@tidings/domain';
import { z } from 'zod';

export const Order = command(
  'test.Order',
  z.object({ id: z.string().min(1), qty: z.int().positive() }),
  { result: z.object({ accepted: z.boolean() }), partitionKey: ({ id }) => id },
);
export const Ordered = event('test.Ordered', z.object({ id: z.string(), qty: z.int() }), {
  partitionKey: ({ id }) => id,
});
export const Shipped = event('test.Shipped', z.object({ id: z.string() }));
