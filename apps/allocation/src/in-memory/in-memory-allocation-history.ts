import { randomUUID } from 'node:crypto';

import { InMemoryTable, type InMemoryStore, type InMemoryUnitOfWork } from '@tidings/in-memory';

import type { AllocationHistory, HistoryEntry } from '../allocation/allocation-history.ts';

const TABLE = 'allocation_history';

/** The history in memory, as one unit of work writes it. */
export class InMemoryAllocationHistory implements AllocationHistory {
  readonly #entries: InMemoryTable<HistoryEntry>;

  constructor(unit: InMemoryUnitOfWork) {
    this.#entries = new InMemoryTable(unit, TABLE);
  }

  append(entry: HistoryEntry): Promise<void> {
    // A key of its own: an event that came twice would be there twice.
    return this.#entries.put(randomUUID(), entry);
  }
}

/** What is committed of the history. */
export function historyEntries(store: InMemoryStore): readonly HistoryEntry[] {
  return [...store.rowsOf(TABLE).values()] as HistoryEntry[];
}
