import type { Envelope } from '@tidings/core';

import { withValues, type Prepared, type Schema } from '../connection/schema.ts';
import type { Send } from '../connection/send.ts';
import type { StatementResult } from '../connection/session.ts';

export interface InsertStatements {
  readonly insert: Prepared;
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
  const arrays = COLUMNS.map(([, type], index) => `$${index + 1}::${type}[]`).join(', ');
  return {
    // One statement for any number of messages; their sequence numbers follow their order in it.
    insert: schema.prepare(
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

/** Stores messages in the log, as part of somebody's transaction. */
export function insertMessages(
  send: Send,
  statements: InsertStatements,
  messages: readonly Envelope[],
): Promise<StatementResult> {
  const values = COLUMNS.map(([name]) => messages.map((message) => message[name] ?? null));
  return send(withValues(statements.insert, values));
}
