import type { InMemoryStore } from '@tidings/in-memory';

import type { HistoryEntry } from '../allocation/allocation-history.ts';
import type { AllocationQueries } from '../allocation/allocation-queries.ts';
import type { WaitingProduct } from '../allocation/ports.ts';
import { historyEntries } from './in-memory-allocation-history.ts';
import { allocatedLines } from './in-memory-allocations-view.ts';
import { waitingProducts } from './in-memory-waiting-lines.ts';

/** What the read model in memory answers. */
export class InMemoryQueries implements AllocationQueries {
  readonly #store: InMemoryStore;

  constructor(store: InMemoryStore) {
    this.#store = store;
  }

  async ofOrder(orderid: string): Promise<readonly { sku: string; batchref: string }[]> {
    return allocatedLines(this.#store)
      .filter((line) => line.orderid === orderid)
      .map(({ sku, batchref }) => ({ sku, batchref }))
      .toSorted((left, right) => left.sku.localeCompare(right.sku));
  }

  async historyOf(sku: string): Promise<readonly HistoryEntry[]> {
    return historyEntries(this.#store)
      .filter((entry) => entry.sku === sku)
      .slice(0, 1000);
  }

  async waiting(): Promise<readonly WaitingProduct[]> {
    return waitingProducts(this.#store);
  }
}
