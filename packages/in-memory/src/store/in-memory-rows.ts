import type { GenerationRef } from '@tidings/core';

import { copyValue } from '../repository/copy-value.ts';

const SEPARATOR = '\n';

/**
 * Committed rows of tables, in the order in which their keys were first written. Tables of a projection's
 * generation are apart from all others; those of the active one are seen under their own names.
 */
export class InMemoryRows {
  readonly #tables = new Map<string, Map<string, unknown>>();
  /** The active generation of each projection, as the beginning of its tables' places. */
  readonly #active = new Map<string, string>();
  /** Where the tables are that are seen under their own names, but in another place. */
  readonly #seen = new Map<string, string>();

  /** Where a table of a generation is. */
  placeIn(generation: GenerationRef, table: string): string {
    return prefixOf(generation) + table;
  }

  /** Where the table is that readers see under this name. */
  placeOf(table: string): string {
    return this.#seen.get(table) ?? table;
  }

  /** Copies of the rows at a place, by their keys. */
  of(place: string): Map<string, unknown> {
    return copyValue(this.#tables.get(place) ?? new Map<string, unknown>());
  }

  get(place: string, key: string): unknown {
    return copyValue(this.#tables.get(place)?.get(key));
  }

  /** @param row `undefined` deletes it */
  set(place: string, key: string, row: unknown): void {
    const rows = this.#tables.get(place) ?? new Map<string, unknown>();
    if (!this.#tables.has(place)) this.#add(place, rows);
    if (row === undefined) rows.delete(key);
    else rows.set(key, row);
  }

  /** Readers see the tables of this generation from now on, in place of those of the one before. */
  show(generation: GenerationRef): void {
    const { projection } = generation;
    const before = this.#active.get(projection);
    for (const [table, place] of this.#seen) {
      if (before !== undefined && place.startsWith(before)) this.#seen.delete(table);
    }
    const prefix = prefixOf(generation);
    this.#active.set(projection, prefix);
    for (const place of this.#tables.keys()) this.#seeIfActive(place);
  }

  /** Forgets the tables of a generation. */
  drop(generation: GenerationRef): void {
    const prefix = prefixOf(generation);
    for (const place of this.#tables.keys()) {
      if (place.startsWith(prefix)) this.#tables.delete(place);
    }
  }

  #add(place: string, rows: Map<string, unknown>): void {
    this.#tables.set(place, rows);
    this.#seeIfActive(place);
  }

  #seeIfActive(place: string): void {
    const [projection, generation, table] = place.split(SEPARATOR);
    if (projection === undefined || generation === undefined || table === undefined) return;
    if (this.#active.get(projection) === place.slice(0, -table.length))
      this.#seen.set(table, place);
  }
}

function prefixOf({ projection, generation }: GenerationRef): string {
  return `${projection}${SEPARATOR}${generation}${SEPARATOR}`;
}
