import { isoText } from '../connection/columns.ts';
import type { Prepared, Schema } from '../connection/schema.ts';
import { COLUMNS } from '../log/insert-messages.ts';

export interface ScheduleStatements {
  readonly read: Prepared;
  readonly insert: Prepared;
  readonly replace: Prepared;
  readonly serve: Prepared;
  readonly fire: Prepared;
  readonly pause: Prepared;
  readonly resume: Prepared;
}

const fromNow = (milliseconds: string): string =>
  `clock_timestamp() + ${milliseconds}::double precision * interval '1 millisecond'`;

export function scheduleStatements(schema: Schema): ScheduleStatements {
  const table = `${schema.quoted}.schedules`;
  return {
    // The whole table, which is small; locks nothing. Without schedules one row tells the time.
    read: schema.prepare(
      'schedules-read',
      `select ${isoText('clock_timestamp()')} as now, s.name, s.definition,
              s.superseded::text as superseded, s.paused,
              ${isoText('s.next_due')} as next_due, ${isoText('s.last_fired')} as last_fired,
              ${isoText('s.resumed_at')} as resumed_at, ${isoText('s.served_until')} as served_until
       from (select) as one left join ${table} as s on true`,
    ),
    // Primary key; of several that insert at once one does.
    insert: schema.prepare(
      'schedules-insert',
      `insert into ${table} (name, definition, next_due, served_until)
       values ($1, $2, $3::timestamptz, ${fromNow('$4')})
       on conflict do nothing returning name`,
    ),
    // Primary key; locks the row.
    replace: schema.prepare(
      'schedules-replace',
      `update ${table} set definition = $2, next_due = $3::timestamptz,
              served_until = ${fromNow('$4')}, superseded = $6::jsonb
       where name = $1 and definition = $5 returning name`,
    ),
    // Primary key; locks the row.
    serve: schema.prepare(
      'schedules-serve',
      `update ${table} set served_until = ${fromNow('$3')} where name = $1 and definition = $2`,
    ),
    fire: schema.prepare('schedules-fire', fire(schema.quoted)),
    // Primary key; locks the row, so it waits for a firing under way.
    pause: schema.prepare(
      'schedules-pause',
      `update ${table} set paused = true where name = $1 returning name`,
    ),
    // Primary key; locks the row.
    resume: schema.prepare(
      'schedules-resume',
      `update ${table} set paused = false,
              resumed_at = case when paused then clock_timestamp() else resumed_at end
       where name = $1 returning name`,
    ),
  };
}

/**
 * Moves a schedule on and puts its messages into the log: one statement, so one transaction. Primary key;
 * locks the schedule's row: whoever comes second waits, then finds another instant there and does
 * nothing. The update has taken the transaction's id before the messages take their numbers.
 */
function fire(s: string): string {
  const names = COLUMNS.map(([name]) => name).join(', ');
  const arrays = COLUMNS.map(([, type], index) => `$${index + 6}::${type}[]`).join(', ');
  return `with moved as (
      update ${s}.schedules
      set next_due = $4::timestamptz, last_fired = coalesce($5::timestamptz, last_fired)
      where name = $1 and definition = $2 and next_due = $3::timestamptz
        and not paused and next_due <= clock_timestamp()
      returning 1
    ), inserted as (
      insert into ${s}.messages (${names})
      select ${names} from unnest(${arrays}) with ordinality as m (${names}, n)
      where exists (select from moved)
      order by n
    )
    select count(*) as moved from moved`;
}
