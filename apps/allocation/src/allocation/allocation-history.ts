import { on, token, type Token } from '@tidings/core';

import { Allocated, Deallocated, OutOfStock } from './messages.ts';

/** Something that happened to a product. */
export interface HistoryEntry {
  /** Id of the event. */
  readonly messageId: string;
  /** What happened, as `Allocated`. */
  readonly event: string;
  readonly sku: string;
  readonly orderid: string | null;
  readonly qty: number | null;
  readonly batchref: string | null;
}

/** What happened to each product, in order. Entries are only ever added. */
export interface AllocationHistory {
  append(entry: HistoryEntry): Promise<void>;
}

/** The history, inside the unit of work of the event that is handled. */
export const AllocationHistory: Token<AllocationHistory> =
  token<AllocationHistory>('AllocationHistory');

/**
 * Writes down what happened. Appending is not idempotent: that every event is there once, in the order
 * of its product, is what its delivery guarantees.
 */
export const allocationHistory = on(
  [Allocated, Deallocated, OutOfStock],
  'allocation-history',
  { history: AllocationHistory },
  (data, { history }, { messageId, envelope }) =>
    history.append({
      messageId,
      event: envelope?.type.replace(/^.*\./, '') ?? '',
      sku: data.sku,
      orderid: 'orderid' in data ? data.orderid : null,
      qty: 'qty' in data ? data.qty : null,
      batchref: 'batchref' in data ? data.batchref : null,
    }),
);
