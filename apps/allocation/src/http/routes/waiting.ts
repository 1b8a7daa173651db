import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

import { Sku } from '../../allocation/fields.ts';
import { ErrorReply } from '../error-reply.ts';
import type { Warehouse } from '../warehouse.ts';

const Product = z.object({
  sku: Sku,
  lines: z.int().describe('How many order lines wait'),
  qty: z.int().describe('How much they want together'),
});

/** What has run out. */
export function waitingRoutes({ queries }: Warehouse): FastifyPluginCallbackZod {
  return (http, _options, done) => {
    http.get(
      '/waiting',
      {
        schema: {
          summary: 'The products for which order lines wait, the longest first',
          response: { 200: z.array(Product), '4xx': ErrorReply, '5xx': ErrorReply },
        },
      },
      async () => [...(await queries.waiting())],
    );
    done();
  };
}
