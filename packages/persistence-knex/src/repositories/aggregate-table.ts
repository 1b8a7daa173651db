import { createHash } from 'node:crypto';

import type { Statement } from '../connection/session.ts';

export interface AggregateTableOptions {
  /** The table with one row for each aggregate; may be `schema.table`. */
  readonly table: string;
  /** The column with the aggregate's id. Default `id`. */
  readonly id?: string;
  /** The column, a bigint or integer, with the aggregate's version. Default `version`. */
  readonly version?: string;
}

export type ColumnValues = Readonly<Record<string, unknown>>;

interface NamedText {
  readonly name: string;
  readonly text: string;
}

/**
 * The statements that save an aggregate's own row, with the check of its version: where the row has
 * another version they raise, so that nothing sent after them takes effect.
 */
export class AggregateTable {
  readonly table: string;
  readonly #id: string;
  readonly #version: string;
  readonly #cache = new Map<string, NamedText>();

  constructor({ table, id = 'id', version = 'version' }: AggregateTableOptions) {
    this.table = table;
    this.#id = quoted(id);
    this.#version = quoted(version);
  }

  insert(schema: string, id: string, columns: ColumnValues): Statement {
    const names = Object.keys(columns);
    const change = (): string =>
      `insert into ${quoted(this.table)} (${this.#id}, ${this.#version}${listed(names)})
      values ($1, 1${names.map((_, index) => `, $${index + 3}`).join('')}) on conflict (${this.#id}) do nothing returning 1`;
    const values = [id, this.#what(id), ...Object.values(columns)];
    return this.#checked(`${schema} insert ${names.join()}`, schema, change, values);
  }

  update(schema: string, id: string, version: number, columns: ColumnValues): Statement {
    const names = Object.keys(columns);
    const change = (): string => {
      const sets = names.map((name, index) => `, ${quoted(name)} = $${index + 4}`);
      return `update ${quoted(this.table)} set ${this.#version} = $3::bigint + 1${sets.join('')}
      where ${this.#id} = $1 and ${this.#version} = $3::bigint returning 1`;
    };
    const values = [id, this.#what(id), version, ...Object.values(columns)];
    return this.#checked(`${schema} update ${names.join()}`, schema, change, values);
  }

  delete(schema: string, id: string, version: number): Statement {
    const change = (): string => `delete from ${quoted(this.table)}
      where ${this.#id} = $1 and ${this.#version} = $3::bigint returning 1`;
    return this.#checked(`${schema} delete`, schema, change, [id, this.#what(id), version]);
  }

  #what(id: string): string {
    return `${this.table} ${JSON.stringify(id)}`;
  }

  /** @param key tells the statement apart from others of this table; `change` writes it when it is new */
  #checked(
    key: string,
    schema: string,
    change: () => string,
    values: readonly unknown[],
  ): Statement {
    let named = this.#cache.get(key);
    if (named === undefined) {
      const text = `with changed as (${change()})
        select ${schema}.require_version((select count(*) from changed), $2)`;
      // Postgres cuts names at 63 characters.
      const name = `tidings.${createHash('sha256').update(text).digest('hex').slice(0, 32)}`;
      named = { name, text };
      this.#cache.set(key, named);
    }
    return { name: named.name, text: named.text, values };
  }
}

function listed(names: readonly string[]): string {
  return names.map((name) => `, ${quoted(name)}`).join('');
}

function quoted(name: string): string {
  return name
    .split('.')
    .map((part) => `"${part.replaceAll('"', '""')}"`)
    .join('.');
}
