import type { HistoryEntry } from './allocation-history.ts';
import type { WaitingProduct } from './ports.ts';

/** What the read model answers. It shows what has been committed, and belongs to no unit of work. */
export interface AllocationQueries {
  /** The batches that the lines of an order are allocated to, by SKU. */
  ofOrder(orderid: string): Promise<readonly { readonly sku: string; readonly batchref: string }[]>;
  /** The first 1000 things that happened to a product, in order. */
  historyOf(sku: string): Promise<readonly HistoryEntry[]>;
  /** The products for which order lines wait, the one that was waited for first comes first. */
  waiting(): Promise<readonly WaitingProduct[]>;
}
