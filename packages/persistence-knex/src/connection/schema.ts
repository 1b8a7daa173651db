import { InvalidOptionsError } from '@tidings/core';

import type { Statement } from './session.ts';

/** A statement of ours: fixed text, prepared once for each connection. */
export interface Prepared {
  readonly name: string;
  readonly text: string;
}

/** The Postgres schema that holds the tables. */
export class Schema {
  readonly name: string;
  /** Quoted, for use in SQL. */
  readonly quoted: string;

  /** @throws {@link InvalidOptionsError} when the name is not usable */
  constructor(name: string) {
    if (!/^[a-z_][a-z0-9_]{0,39}$/.test(name)) {
      throw new InvalidOptionsError('knexPersistence', [
        `schema must be 1 to 40 lower-case letters, digits and underscores, not ${JSON.stringify(name)}`,
      ]);
    }
    this.name = name;
    this.quoted = `"${name}"`;
  }

  /** Makes a prepared statement. Its name holds the schema: two schemas may share a connection. */
  prepare(name: string, text: string): Prepared {
    return { name: `${this.name}.${name}`, text };
  }
}

/** A prepared statement with its values. */
export function withValues(prepared: Prepared, values: readonly unknown[]): Statement {
  return { name: prepared.name, text: prepared.text, values };
}
