import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

import { Sku } from '../../allocation/fields.ts';
import { ErrorReply } from '../error-reply.ts';
import type { Warehouse } from '../warehouse.ts';

const Entry = z.object({
  messageId: z.string(),
  event: z.string().describe('What happened, as Allocated'),
  sku: Sku,
  orderid: z.string().nullable(),
  qty: z.int().nullable(),
  batchref: z.string().nullable(),
});

/** What happened to a product. */
export function historyRoutes({ queries }: Warehouse): FastifyPluginCallbackZod {
  return (http, _options, done) => {
    http.get(
      '/products/:sku/history',
      {
        schema: {
          summary: 'What happened to a product, in order (the first 1000 entries)',
          params: z.object({ sku: Sku }),
          response: { 200: z.array(Entry), '4xx': ErrorReply, '5xx': ErrorReply },
        },
      },
      async ({ params: { sku } }) => [...(await queries.historyOf(sku))],
    );
    done();
  };
}
