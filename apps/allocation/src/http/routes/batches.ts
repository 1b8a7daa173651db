import type { MessageBus } from '@tidings/core';
import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

import { BatchReference, Eta, Quantity, RemainingQuantity, Sku } from '../../allocation/fields.ts';
import { Allocate, ChangeBatchQuantity, CreateBatch } from '../../allocation/messages.ts';
import { ErrorReply } from '../error-reply.ts';
import { executeAndSee } from '../execute-and-see.ts';
import { IdempotencyHeaders, intentOf } from '../idempotency.ts';

const NewBatch = z.object({
  ref: BatchReference.describe('Reference of the batch'),
  sku: Sku.describe('The product it is of'),
  qty: Quantity,
  eta: Eta.default(null).describe('The day it is expected; null when it is in the warehouse'),
});

const NewQuantity = z.object({ batchref: BatchReference, qty: RemainingQuantity });

/** What is done with batches. */
export function batchRoutes(bus: MessageBus): FastifyPluginCallbackZod {
  return (http, _options, done) => {
    http.post(
      '/add_batch',
      {
        schema: {
          summary: 'Add a batch of stock',
          headers: IdempotencyHeaders,
          body: NewBatch,
          response: { 201: NewBatch, '4xx': ErrorReply, '5xx': ErrorReply },
        },
      },
      async ({ body, headers }, reply) => {
        const intent = intentOf(headers);
        await bus.execute(CreateBatch(body), intent === undefined ? {} : { intent });
        return reply.code(201).send(body);
      },
    );

    http.post(
      '/change_batch_quantity',
      {
        schema: {
          summary: 'Say how much there is of a batch',
          description: 'Lines that no longer fit are allocated anew, the newest first.',
          headers: IdempotencyHeaders,
          body: NewQuantity,
          response: { 202: NewQuantity, '4xx': ErrorReply, '5xx': ErrorReply },
        },
      },
      async ({ body, headers, log }, reply) => {
        const command = ChangeBatchQuantity({ ref: body.batchref, qty: body.qty });
        const { result: released = [] } = await executeAndSee(bus, command, intentOf(headers), log);
        // The lines will be allocated anew in any case, by commands that were stored with the change.
        // Doing it here as well, under the intents of those, lets the next request see it.
        for (const { line, intent } of released) {
          const seen = await executeAndSee(bus, Allocate(line), intent, log);
          // A view that is late would be waited for once for each line.
          if (!('result' in seen)) break;
        }
        return reply.code(202).send(body);
      },
    );
    done();
  };
}
