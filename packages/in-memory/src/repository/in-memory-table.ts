import type { InMemoryUnitOfWork } from '../unit-of-work/in-memory-unit-of-work.ts';
import { copyValue } from './copy-value.ts';

/**
 * Rows by key in the in-memory store, for one unit of work: what a read model, or any other table,
 * is to a database. What is written is seen by others when the unit commits, and never when it does
 * not. Rows are copied in and out. Of two units that write one row the last to commit wins.
 *
 * Whoever is in no unit of work reads what is committed with `InMemoryStore.rowsOf`.
 *
 * @example
 * bind(Views, { unit: InMemoryUnit }, ({ unit }) => new InMemoryTable<View>(unit, 'views'));
 */
export class InMemoryTable<Row extends object> {
  readonly #unit: InMemoryUnitOfWork;
  readonly #name: string;

  /** @param name tables of the same name are the same table */
  constructor(unit: InMemoryUnitOfWork, name: string) {
    this.#unit = unit;
    this.#name = name;
  }

  async get(key: string): Promise<Row | undefined> {
    return this.#unit.row(this.#name, key) as Row | undefined;
  }

  /** All rows, in the order in which their keys were first written. */
  async all(): Promise<Row[]> {
    return [...this.#unit.rows(this.#name).values()] as Row[];
  }

  /** Inserts the row, or replaces it. */
  async put(key: string, row: Row): Promise<void> {
    this.#unit.writeRow(this.#name, key, copyValue(row));
  }

  async delete(key: string): Promise<void> {
    this.#unit.writeRow(this.#name, key, undefined);
  }
}
