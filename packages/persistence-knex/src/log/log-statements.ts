import type { Prepared, Schema } from '../connection/schema.ts';
import { isCurrentLease } from '../leases/knex-leases.ts';
import { COLUMNS } from './insert-messages.ts';

export interface LogStatements {
  readonly look: Prepared;
  readonly append: Prepared;
  readonly read: Prepared;
  readonly head: Prepared;
  readonly unsequenced: Prepared;
}

/** A hole's row, for `jsonb_to_recordset`. */
const HOLE = '("from" bigint, "to" bigint)';

export function logStatements(schema: Schema): LogStatements {
  const s = schema.quoted;
  return {
    look: schema.prepare('log-look', look(s)),
    append: schema.prepare('log-append', append(s)),
    read: schema.prepare('log-read', read(s)),
    // The one row.
    head: schema.prepare('log-head', `select next_position - 1 as head from ${s}.log_head`),
    unsequenced: schema.prepare('log-unsequenced', unsequenced(s)),
  };
}

/**
 * What has no position yet, the snapshot in which it was looked for, and whether the lease lasts: one
 * statement, so one snapshot. Primary key of messages; locks nothing. Each hole is looked into on its
 * own (`lateral` with a limit): a plain join is planned as a scan of all messages, once in every look.
 * The head's limit says that it has one row: without statistics, as after the first start, it is taken
 * for hundreds, and what that seems to cost is compiled first (JIT), in every look.
 */
function look(s: string): string {
  return `select h.high_seq, h.next_position, h.holes::text as holes,
      (
        select first_seq + h.next_position - first_position
        from ${s}.log_runs order by first_position desc limit 1
      ) as next_seq,
      ${isCurrentLease(s, ['$2', '$3', '$4'])} as leads,
      pg_snapshot_xmin(pg_current_snapshot())::text as xmin,
      pg_snapshot_xmax(pg_current_snapshot())::text as xmax,
      coalesce((select json_agg(seq)::text from (
        select seq from ${s}.messages where seq > h.high_seq order by seq limit $1
      ) as f), '[]') as fresh,
      coalesce((select json_agg(seq)::text from (
        select m.seq from jsonb_to_recordset(h.holes) as r ${HOLE}
        cross join lateral (
          select seq from ${s}.messages where seq between r."from" and r."to" order by seq limit $1
        ) as m order by m.seq limit $1
      ) as l), '[]') as late
    from (select * from ${s}.log_head limit 1) as h`;
}

/**
 * Moves the head on by $3 positions, and begins runs where they do not go on with the numbers of those
 * before. Fenced by the lease and by the position it starts at. The horizon of new holes is the id of
 * this very transaction: it was assigned after the look, and every writer gets its id before its first
 * sequence number, so any writer of a missing number has a lower one. (The snapshot's xmax would not do:
 * it is one above the last id that ended, not that was assigned.)
 * Locks the head's one row.
 */
function append(s: string): string {
  return `with moved as (
      update ${s}.log_head
      set high_seq = $2::bigint,
          next_position = next_position + $3::bigint,
          holes = $4::jsonb || coalesce((
            select jsonb_agg(r || jsonb_build_object('horizon', pg_current_xact_id()::text))
            from jsonb_array_elements($5::jsonb) as r
          ), '[]')
      where next_position = $1::bigint and ${isCurrentLease(s, ['$8', '$9', '$10'])}
      returning 1
    ), runs as (
      insert into ${s}.log_runs (first_position, first_seq)
      select * from unnest($6::bigint[], $7::bigint[]) where exists (select from moved)
    )
    select count(*) as moved from moved`;
}

/**
 * Primary keys of log_runs and messages: of each run a range of numbers. Locks nothing. The head is read
 * in the same snapshot, since the last run goes on as far as it says. The order is that of positions, and
 * the limits change no result: they tell the planner that little is read, run after run. What it takes
 * for much it compiles first (JIT), in every read.
 */
function read(s: string): string {
  const columns = COLUMNS.map(([name]) => `m.${name}`).join(', ');
  return `select r.first_position + m.seq - r.first_seq as position, ${columns}
    from (
      select first_position, first_seq,
        lead(first_position, 1, h.next_position) over (order by first_position) as end_position
      from ${s}.log_runs
      cross join (select next_position from ${s}.log_head limit 1) as h
      where first_position >= coalesce((
          select max(first_position) from ${s}.log_runs where first_position <= $1::bigint + 1
        ), 0)
        and first_position <= $2::bigint
    ) as r
    cross join lateral (
      select * from ${s}.messages as m
      where m.seq >= r.first_seq + greatest($1::bigint + 1 - r.first_position, 0)
        and m.seq < r.first_seq + least(r.end_position, $2::bigint + 1) - r.first_position
      order by m.seq limit $2::bigint - $1::bigint
    ) as m
    order by r.first_position, m.seq limit $2::bigint - $1::bigint`;
}

/**
 * Primary key of messages; locks nothing. The greatest number, not whether there is a greater one:
 * that is planned as a scan of all messages, which ends early only where there is one.
 */
function unsequenced(s: string): string {
  return `select coalesce((select max(seq) from ${s}.messages) > h.high_seq, false)
      or exists (
        select from jsonb_to_recordset(h.holes) as r ${HOLE}
        cross join lateral (
          select from ${s}.messages where seq between r."from" and r."to" limit 1
        ) as m
      ) as unsequenced
    from ${s}.log_head h`;
}
