import { command, event } from '@tidings/domain';
import { z } from 'zod';

import { Sku } from '../allocation/fields.ts';

const bySku = { partitionKey: ({ sku }: { readonly sku: string }): string => sku };

/** Somebody has to buy this product. */
export const PurchaseRequested = event(
  'restocking.PurchaseRequested',
  z.object({ sku: Sku }),
  bySku,
);

/** It was requested long ago, and no batch has come. */
export const PurchaseOverdue = event(
  'restocking.PurchaseOverdue',
  z.object({ sku: Sku, since: z.iso.datetime() }),
  bySku,
);

/** It need not be bought any more: there was enough elsewhere. */
export const PurchaseCancelled = event(
  'restocking.PurchaseCancelled',
  z.object({ sku: Sku }),
  bySku,
);

/** Tells the buyers which products are waited for. */
export const SendStockReport = command('restocking.SendStockReport', z.object({}));
