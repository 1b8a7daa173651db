import { isoText } from '../connection/columns.ts';
import type { Prepared, Schema } from '../connection/schema.ts';
import { COLUMNS } from '../log/insert-messages.ts';

export interface ScheduledStatements {
  readonly insert: Prepared;
  readonly remove: Prepared;
  readonly release: Prepared;
  readonly reschedule: Prepared;
  readonly next: Prepared;
  readonly list: Prepared;
  readonly count: Prepared;
}

const NAMES = COLUMNS.map(([name]) => name).join(', ');

/**
 * The due time of `[is relative, milliseconds]`: from the statement's own time, or from 1970. All messages
 * of a statement count from the same moment, so that their order is that of insertion.
 */
const due = (relative: string, milliseconds: string): string =>
  `case when ${relative} then statement_timestamp() else timestamptz 'epoch' end
     + ${milliseconds} * interval '1 millisecond'`;

/** How many values an insertion has: the columns of the messages, and two for their due times. */
const RELATIVE = COLUMNS.length + 1;
const MILLISECONDS = COLUMNS.length + 2;

export function scheduledStatements(schema: Schema): ScheduledStatements {
  const table = `${schema.quoted}.scheduled_messages`;
  const arrays = COLUMNS.map(([, type], index) => `$${index + 1}::${type}[]`).join(', ');
  const matching = `($1::text is null or type = $1)`;
  return {
    // One statement for any number of messages; their sequence numbers follow their order in it. It fails
    // where an id waits already.
    insert: schema.prepare(
      'scheduled-insert',
      `with inserted as (
         insert into ${table} (${NAMES}, due_at)
         select ${NAMES}, ${due('relative', 'milliseconds')}
         from unnest(${arrays}, $${RELATIVE}::boolean[], $${MILLISECONDS}::double precision[])
           with ordinality as m (${NAMES}, relative, milliseconds, n)
         order by n
       )
       select pg_current_xact_id()::text as xid`,
    ),
    // Unique index of the id. Locks the rows in the order in which `release` does, so that neither waits
    // for the other in a circle.
    remove: schema.prepare(
      'scheduled-remove',
      `with waiting as (
         select seq from ${table} where id = any($1::text[]) order by due_at, seq for update
       )
       delete from ${table} where seq = any(array(select seq from waiting)) returning id`,
    ),
    release: schema.prepare('scheduled-release', release(schema.quoted)),
    // Unique index of the id; locks the row. Waits for a release that is moving it, and then finds none.
    reschedule: schema.prepare(
      'scheduled-reschedule',
      `update ${table} set due_at = ${due('$2::boolean', '$3::double precision')} where id = $1`,
    ),
    // First row of scheduled_messages_due; locks nothing.
    next: schema.prepare(
      'scheduled-next',
      `select extract(epoch from due_at - clock_timestamp())::double precision * 1000 as next
       from ${table} order by due_at, seq limit 1`,
    ),
    // scheduled_messages_due; locks nothing. The cursor is the place of a row that may have fired since.
    list: schema.prepare(
      'scheduled-list',
      `select ${NAMES}, seq, (extract(epoch from due_at) * 1000000)::bigint as microseconds,
              ${isoText('due_at')} as due
       from ${table}
       where ${matching}
         and ($2::bigint is null or (due_at, seq) >
           (timestamptz 'epoch' + $2::bigint * interval '1 microsecond', $3::bigint))
       order by due_at, seq limit $4`,
    ),
    // Reads the whole table; locks nothing.
    count: schema.prepare(
      'scheduled-count',
      `select count(*) as total from ${table} where ${matching}`,
    ),
  };
}

/**
 * Moves what is due into the log. scheduled_messages_due; locks the rows it moves, in the order of the
 * index: a second process waits for them, then finds them gone and goes on with those behind. Messages
 * get their numbers in that order, after the transaction's id, which the deletion needs already.
 *
 * The time is that of the statement: with that of the moment, which changes while it runs, no index could
 * tell what is due. The deletion is given an array, and so looks at these rows only, whatever the
 * planner takes their number to be.
 */
function release(s: string): string {
  return `with due as (
      select seq from ${s}.scheduled_messages
      where due_at <= statement_timestamp()
      order by due_at, seq limit $1 for update
    ), gone as (
      delete from ${s}.scheduled_messages
      where seq = any(array(select seq from due)) returning *
    ), moved as (
      insert into ${s}.messages (${NAMES})
      select ${NAMES} from gone order by due_at, seq
      on conflict (id) do nothing
      returning id
    )
    select count(*) as count, coalesce(
        (select json_agg(id)::text from gone where id not in (select id from moved)), '[]'
      ) as known
    from gone`;
}
