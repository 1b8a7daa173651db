import { command, event } from '@tidings/domain';
import { z } from 'zod';

import { BatchReference, Eta, OrderId, Quantity, RemainingQuantity, Sku } from './fields.ts';

// Whatever concerns one product keeps its order: the SKU is the partition key of all but the one
// command that does not know it.
const bySku = ({ sku }: { readonly sku: string }): string => sku;

const line = { orderid: OrderId, sku: Sku, qty: Quantity };

export const CreateBatch = command(
  'allocation.CreateBatch',
  z.object({ ref: BatchReference, sku: Sku, qty: Quantity, eta: Eta }),
  { partitionKey: bySku },
);

/** Results in the reference of the batch, or in nothing when no batch has enough. */
export const Allocate = command('allocation.Allocate', z.object(line), {
  partitionKey: bySku,
  result: BatchReference.optional(),
});

/** Allocates lines that wait, in the order in which they came. */
export const AllocateWaiting = command('allocation.AllocateWaiting', z.object({ sku: Sku }), {
  partitionKey: bySku,
});

/** Results in the lines that no longer fit, each with the intent under which it is allocated anew. */
export const ChangeBatchQuantity = command(
  'allocation.ChangeBatchQuantity',
  z.object({ ref: BatchReference, qty: RemainingQuantity }),
  {
    partitionKey: ({ ref }) => ref,
    result: z.array(z.object({ line: z.object(line), intent: z.string() })),
  },
);

export const BatchAdded = event(
  'allocation.BatchAdded',
  z.object({ sku: Sku, ref: BatchReference, qty: Quantity, eta: Eta }),
  { partitionKey: bySku },
);

export const BatchQuantityChanged = event(
  'allocation.BatchQuantityChanged',
  z.object({ sku: Sku, ref: BatchReference, qty: RemainingQuantity, was: RemainingQuantity }),
  { partitionKey: bySku },
);

export const Allocated = event(
  'allocation.Allocated',
  z.object({ ...line, batchref: BatchReference }),
  { partitionKey: bySku },
);

export const Deallocated = event(
  'allocation.Deallocated',
  z.object({ ...line, batchref: BatchReference }),
  { partitionKey: bySku },
);

export const OutOfStock = event('allocation.OutOfStock', z.object({ sku: Sku }), {
  partitionKey: bySku,
});

/** The last line that waited for this product has been allocated. */
export const WaitingEnded = event('allocation.WaitingEnded', z.object({ sku: Sku }), {
  partitionKey: bySku,
});
