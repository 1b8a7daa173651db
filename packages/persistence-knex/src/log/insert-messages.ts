import type { Envelope } from '@tidings/core';

import { withValues, type Prepared, type Schema } from '../connection/schema.ts';
import type { Statement } from '../connection/session.ts';

export interface InsertStatements {
  readonly insertOne: Prepared;
  readonly insertMany: Prepared;
  /** Looks a message up by its id. */
  readonly find: Prepared;
}

/** The columns of `messages`, in order, with their types. */
export const COLUMNS: readonly (readonly [name: keyof Envelope, type: string])[] = [
  ['id', 'text'],
  ['kind', 'text'],
  ['type', 'text'],
  ['source', 'text'],
  ['subject', 'text'],
  ['time', 'text'],
  ['dataversion', 'bigint'],
  ['aggregateversion', 'bigint'],
  ['correlationid', 'text'],
  ['causationid', 'text'],
  ['partitionkey', 'text'],
  ['traceparent', 'text'],
  ['intentid', 'text'],
  ['body', 'text'],
];

export function insertStatements(schema: Schema): InsertStatements {
  const names = COLUMNS.map(([name]) => name).join(', ');
  const parameters = COLUMNS.map(([, type], index) => `$${index + 1}::${type}`).join(', ');
  const arrays = COLUMNS.map(([, type], index) => `$${index + 1}::${type}[]`).join(', ');
  return {
    insertOne: schema.prepare(
      'message-insert',
      `insert into ${schema.quoted}.messages (${names}) values (${parameters})
       returning pg_current_xact_id()::text as xid`,
    ),
    // One statement for any number of messages; their sequence numbers follow their order in it.
    insertMany: schema.prepare(
      'messages-insert',
      `with inserted as (
         insert into ${schema.quoted}.messages (${names})
         select ${names} from unnest(${arrays}) with ordinality as m (${names}, n) order by n
       )
       select pg_current_xact_id()::text as xid`,
    ),
    // Unique index of the id.
    find: schema.prepare('messages-find', `select 1 from ${schema.quoted}.messages where id = $1`),
  };
}

/** Stores messages in the log. For one, which is most common, without the detour by arrays. */
export function insertionOf(
  statements: InsertStatements,
  messages: readonly Envelope[],
): Statement {
  const [first] = messages;
  if (first !== undefined && messages.length === 1) {
    return withValues(
      statements.insertOne,
      COLUMNS.map(([name]) => first[name] ?? null),
    );
  }
  return withValues(
    statements.insertMany,
    COLUMNS.map(([name]) => messages.map((message) => message[name] ?? null)),
  );
}
