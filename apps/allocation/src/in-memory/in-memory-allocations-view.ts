import { InMemoryTable, type InMemoryStore, type InMemoryUnitOfWork } from '@tidings/in-memory';

import type { AllocatedLine, AllocationsView, LineChange } from '../allocation/allocations-view.ts';

const TABLE = 'allocations_view';

/** The allocations view in memory, as one unit of work writes it. */
export class InMemoryAllocationsView implements AllocationsView {
  readonly #lines: InMemoryTable<AllocatedLine>;

  constructor(unit: InMemoryUnitOfWork) {
    this.#lines = new InMemoryTable(unit, TABLE);
  }

  /** There is nothing to make: a table in memory is there when something is written to it. */
  async create(): Promise<void> {}

  async apply(changes: readonly LineChange[]): Promise<void> {
    for (const { kind, line } of changes) {
      if (kind === 'put') await this.#lines.put(keyOf(line), line);
      else await this.#remove(line);
    }
  }

  async #remove(line: AllocatedLine): Promise<void> {
    const known = await this.#lines.get(keyOf(line));
    if (known?.batchref === line.batchref) await this.#lines.delete(keyOf(line));
  }
}

/** What is committed of the view. */
export function allocatedLines(store: InMemoryStore): readonly AllocatedLine[] {
  return [...store.rowsOf(TABLE).values()] as AllocatedLine[];
}

function keyOf({ orderid, sku, qty }: AllocatedLine): string {
  return JSON.stringify([orderid, sku, qty]);
}
