import { processManager, type ProcessManager } from '@tidings/core';
import { z } from 'zod';

import {
  AllocateWaiting,
  BatchAdded,
  BatchQuantityChanged,
  OutOfStock,
  WaitingEnded,
} from '../allocation/messages.ts';
import { PurchaseCancelled, PurchaseOverdue, PurchaseRequested } from './messages.ts';

/** Name of the process. */
export const RESTOCKING = 'restocking';

const State = z.object({ requestedAt: z.iso.datetime() });

const skuOf = ({ sku }: { readonly sku: string }): string => sku;

/**
 * What happens from the moment in which a product runs out until there is more of it: one purchase is
 * requested, however many order lines wait, and what waits is allocated when a batch comes. Where there
 * is enough before that, because a batch turns out to be larger, the purchase is cancelled.
 *
 * @param reminderAfterMs when somebody is reminded that no batch has come, in milliseconds
 */
export function restocking(
  reminderAfterMs: number,
): ProcessManager<
  typeof State,
  typeof OutOfStock,
  typeof BatchAdded | typeof BatchQuantityChanged | typeof WaitingEnded,
  'reminder'
> {
  return processManager(RESTOCKING, {
    state: State,
    startedBy: [OutOfStock],
    continuedBy: [BatchAdded, BatchQuantityChanged, WaitingEnded],
    correlate: {
      'allocation.OutOfStock': skuOf,
      'allocation.BatchAdded': skuOf,
      'allocation.BatchQuantityChanged': skuOf,
      'allocation.WaitingEnded': skuOf,
    },
    on: {
      'allocation.OutOfStock': (state, { sku }, { now }) =>
        state === undefined
          ? {
              state: { requestedAt: now },
              publish: [PurchaseRequested({ sku })],
              timeouts: { reminder: { in: reminderAfterMs } },
            }
          : undefined,
      // What does not fit into the batch makes the product run out anew.
      'allocation.BatchAdded': (_, { sku }) => ({
        send: [AllocateWaiting({ sku })],
        complete: true,
      }),
      'allocation.BatchQuantityChanged': (_, { sku, qty, was }) =>
        qty > was ? { send: [AllocateWaiting({ sku })] } : undefined,
      'allocation.WaitingEnded': (_, { sku }) => ({
        publish: [PurchaseCancelled({ sku })],
        complete: true,
      }),
    },
    timeouts: {
      reminder: ({ requestedAt }, { key }) => ({
        publish: [PurchaseOverdue({ sku: key, since: requestedAt })],
      }),
    },
  });
}
