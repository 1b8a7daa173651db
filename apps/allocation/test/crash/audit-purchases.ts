import { BatchAdded } from '../../src/allocation/messages.ts';
import { PurchaseCancelled, PurchaseRequested } from '../../src/restocking/messages.ts';
import type { WhatHappened } from './what-happened.ts';

/** One purchase at a time: the next is requested after a batch has come, or after it was cancelled. */
export function purchaseFaults({ purchases }: WhatHappened): string[] {
  const skus = new Set(purchases.map(({ sku }) => sku));
  return [...skus].flatMap((sku) => {
    const count = (type: string): number =>
      purchases.find((row) => row.sku === sku && row.type === type)?.count ?? 0;
    const requested = count(PurchaseRequested.type);
    const cancelled = count(PurchaseCancelled.type);
    const most = count(BatchAdded.type) + cancelled + 1;
    return [
      ...(requested > most ? [`${sku} was requested ${requested} times, at most ${most}`] : []),
      ...(cancelled > requested
        ? [`${sku} was requested ${requested} times, cancelled ${cancelled}`]
        : []),
    ];
  });
}
