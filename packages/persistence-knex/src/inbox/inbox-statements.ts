import type { Prepared, Schema } from '../connection/schema.ts';

export interface InboxStatements {
  readonly applied: Prepared;
  readonly cleanInbox: Prepared;
  readonly cleanIntents: Prepared;
}

/** What is asked of the inbox outside of units of work. */
export function inboxStatements(schema: Schema): InboxStatements {
  const s = schema.quoted;
  return {
    // Primary key.
    applied: schema.prepare(
      'inbox-applied',
      `select message_id from ${s}.inbox where subscription = $1 and message_id = any($2::text[])`,
    ),
    // inbox_handled_at; locks only the rows it deletes, and leaves those that somebody has locked.
    cleanInbox: schema.prepare(
      'inbox-clean',
      `with old as (
         select subscription, message_id from ${s}.inbox
         where handled_at < statement_timestamp() - $1::double precision * interval '1 millisecond'
         order by handled_at limit $2 for update skip locked
       )
       delete from ${s}.inbox i using old
       where i.subscription = old.subscription and i.message_id = old.message_id`,
    ),
    // intents_claimed_at; as above.
    cleanIntents: schema.prepare(
      'intents-clean',
      `with old as (
         select id from ${s}.intents
         where claimed_at < statement_timestamp() - $1::double precision * interval '1 millisecond'
         order by claimed_at limit $2 for update skip locked
       )
       delete from ${s}.intents i using old where i.id = old.id`,
    ),
  };
}
