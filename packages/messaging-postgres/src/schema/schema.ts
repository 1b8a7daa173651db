import { InvalidOptionsError } from '@tidings/core';

import type { Statement } from '../database/statement.ts';

/** The Postgres schema that holds the tables. */
export class Schema {
  readonly name: string;
  /** Quoted, for use in SQL. */
  readonly quoted: string;

  /** @throws {@link InvalidOptionsError} when the name is not usable */
  constructor(name: string) {
    if (!/^[a-z_][a-z0-9_]{0,39}$/.test(name)) {
      throw new InvalidOptionsError('postgresMessaging', [
        `schema must be 1 to 40 lower-case letters, digits and underscores, not ${JSON.stringify(name)}`,
      ]);
    }
    this.name = name;
    this.quoted = `"${name}"`;
  }

  /** Calls a function of the schema. Every statement of the transport is such a call: see the migrations. */
  call(name: string, ...values: readonly unknown[]): Statement {
    const parameters = values.map((_, index) => `$${index + 1}`).join(', ');
    return {
      name: `${this.name}.${name}`,
      text: `select * from ${this.quoted}.${name}(${parameters})`,
      values,
    };
  }
}
