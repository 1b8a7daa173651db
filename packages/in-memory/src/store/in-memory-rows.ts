import { copyValue } from '../repository/copy-value.ts';

/** Committed rows of tables, in the order in which their keys were first written. */
export class InMemoryRows {
  readonly #tables = new Map<string, Map<string, unknown>>();

  /** Copies of the rows of a table, by their keys. */
  of(table: string): Map<string, unknown> {
    return copyValue(this.#tables.get(table) ?? new Map<string, unknown>());
  }

  get(table: string, key: string): unknown {
    return copyValue(this.#tables.get(table)?.get(key));
  }

  /** @param row `undefined` deletes it */
  set(table: string, key: string, row: unknown): void {
    const rows = this.#tables.get(table) ?? new Map<string, unknown>();
    this.#tables.set(table, rows);
    if (row === undefined) rows.delete(key);
    else rows.set(key, row);
  }
}
