import { UnstorableValueError } from '@tidings/core';
import type { Knex } from 'knex';

import { isStorable } from '../connection/storable-text.ts';
import type { Statement } from '../connection/session.ts';

/** A statement that a repository wants written: as data, or as a Knex builder, which is compiled. */
export type Write = Statement | Knex.QueryBuilder | Knex.Raw;

/** What has to be written to save one aggregate, in this order. */
export type Changes = readonly Write[];

interface Compilable {
  toSQL(): { toNative(): { sql: string; bindings: readonly unknown[] } };
}

/**
 * The statement of a write.
 *
 * @throws {@link UnstorableValueError} when a text cannot be stored as it is (NUL, half a surrogate pair)
 */
export function compileWrite(write: Write): Statement {
  const statement = 'toSQL' in write ? compileBuilder(write) : write;
  const { values } = statement;
  if (values !== undefined) {
    for (let index = 0; index < values.length; index += 1) {
      const value = values[index];
      if (typeof value === 'string' && !isStorable(value)) {
        throw new UnstorableValueError('A value of a statement', [
          {
            path: `$${index + 1} of "${statement.text.slice(0, 80)}"`,
            fault: value.includes('\0')
              ? 'contains a NUL character'
              : 'contains half a surrogate pair',
          },
        ]);
      }
    }
  }
  return statement;
}

function compileBuilder(builder: Compilable): Statement {
  const { sql, bindings } = builder.toSQL().toNative();
  return { text: sql, values: bindings };
}
