import type { AllocationHistory, HistoryEntry } from '../allocation/allocation-history.ts';
import type { AllocationQueries } from '../allocation/allocation-queries.ts';
import type { AllocatedLine, AllocationsView } from '../allocation/allocations-view.ts';

/** The read model in memory. What a unit of work writes to it is not undone when the unit fails. */
export class InMemoryReadModel implements AllocationsView, AllocationHistory, AllocationQueries {
  readonly #lines = new Map<string, AllocatedLine>();
  readonly #history: HistoryEntry[] = [];

  async put(line: AllocatedLine): Promise<void> {
    this.#lines.set(keyOf(line), line);
  }

  async remove(line: AllocatedLine): Promise<void> {
    const key = keyOf(line);
    if (this.#lines.get(key)?.batchref === line.batchref) this.#lines.delete(key);
  }

  async append(entry: HistoryEntry): Promise<void> {
    this.#history.push(entry);
  }

  async ofOrder(orderid: string): Promise<readonly { sku: string; batchref: string }[]> {
    return [...this.#lines.values()]
      .filter((line) => line.orderid === orderid)
      .map(({ sku, batchref }) => ({ sku, batchref }))
      .toSorted((left, right) => left.sku.localeCompare(right.sku));
  }

  async historyOf(sku: string): Promise<readonly HistoryEntry[]> {
    return this.#history.filter((entry) => entry.sku === sku).slice(0, 1000);
  }
}

function keyOf({ orderid, sku, qty }: AllocatedLine): string {
  return JSON.stringify([orderid, sku, qty]);
}
