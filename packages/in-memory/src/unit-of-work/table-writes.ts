/** What one unit of work has written to tables and not committed. */
export class TableWrites {
  /** By table and key; `undefined` for a row that is deleted. */
  readonly #tables: Map<string, Map<string, unknown>>;

  constructor(from?: TableWrites) {
    this.#tables = new Map(
      [...(from === undefined ? [] : from.#tables)].map(([table, rows]) => [table, new Map(rows)]),
    );
  }

  write(table: string, key: string, row: unknown): void {
    const rows = this.#tables.get(table) ?? new Map<string, unknown>();
    this.#tables.set(table, rows.set(key, row));
  }

  of(table: string): ReadonlyMap<string, unknown> | undefined {
    return this.#tables.get(table);
  }

  *[Symbol.iterator](): Generator<readonly [table: string, key: string, row: unknown]> {
    for (const [table, rows] of this.#tables) {
      for (const [key, row] of rows) yield [table, key, row];
    }
  }
}
