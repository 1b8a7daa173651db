import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

import { BatchReference, OrderId, Quantity, Sku } from '../../allocation/fields.ts';
import { Allocate } from '../../allocation/messages.ts';
import { ErrorReply } from '../error-reply.ts';
import { executeAndSee } from '../execute-and-see.ts';
import { IdempotencyHeaders, intentOf } from '../idempotency.ts';
import type { Warehouse } from '../warehouse.ts';

const Line = z.object({ orderid: OrderId, sku: Sku, qty: Quantity });
const Allocation = z.object({ sku: Sku, batchref: BatchReference });
const Placed = z.object({
  batchref: BatchReference.nullable()
    .optional()
    .describe('The batch it is allocated to; null when no batch has enough'),
});

/** Allocating order lines, and where they are. */
export function allocationRoutes({ app, queries }: Warehouse): FastifyPluginCallbackZod {
  return (http, _options, done) => {
    http.post(
      '/allocate',
      {
        schema: {
          summary: 'Allocate an order line to a batch',
          description: 'The same line again stays where it is.',
          headers: IdempotencyHeaders,
          body: Line,
          response: { 202: Placed, '4xx': ErrorReply, '5xx': ErrorReply },
        },
      },
      async ({ body, headers, log }, reply) => {
        const seen = await executeAndSee(app.bus, Allocate(body), intentOf(headers), log);
        return reply.code(202).send('result' in seen ? { batchref: seen.result ?? null } : {});
      },
    );

    http.get(
      '/allocations/:orderid',
      {
        schema: {
          summary: 'Where the lines of an order are',
          params: z.object({ orderid: OrderId }),
          response: { 200: z.array(Allocation), '4xx': ErrorReply, '5xx': ErrorReply },
        },
      },
      async ({ params: { orderid } }, reply) => {
        const allocations = await queries.ofOrder(orderid);
        if (allocations.length > 0) return [...allocations];
        return reply.code(404).send({ message: `Nothing is allocated for order ${orderid}` });
      },
    );
    done();
  };
}
