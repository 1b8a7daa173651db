import type { Prepared, Schema } from '../connection/schema.ts';
import { isCurrentLease } from '../leases/knex-leases.ts';
import { COLUMNS } from './insert-messages.ts';

export interface LogStatements {
  readonly look: Prepared;
  readonly append: Prepared;
  readonly read: Prepared;
  readonly scan: Prepared;
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
    scan: schema.prepare('log-scan', scan(s)),
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

interface Placed {
  /** Expressions: after which position, up to which, and the first position not given yet. */
  readonly after: string;
  readonly upTo: string;
  readonly next: string;
  readonly limit: string;
  /** A further condition on the message `m`. */
  readonly where?: string;
}

/**
 * The messages at some positions, in order. Primary keys of log_runs and messages: of each run a range of
 * numbers. Locks nothing. The limits say, where they change no result, that little is read, run after run:
 * what the planner takes for much it compiles first (JIT), in every read.
 */
function placed(s: string, { after, upTo, next, limit, where }: Placed): string {
  const columns = COLUMNS.map(([name]) => `m.${name}`).join(', ');
  return `select r.first_position + m.seq - r.first_seq as position, ${columns}
    from (
      select first_position, first_seq,
        lead(first_position, 1, ${next}) over (order by first_position) as end_position
      from ${s}.log_runs
      where first_position >= coalesce((
          select max(first_position) from ${s}.log_runs where first_position <= ${after} + 1
        ), 0)
        and first_position <= ${upTo}
    ) as r
    cross join lateral (
      select * from ${s}.messages as m
      where m.seq >= r.first_seq + greatest(${after} + 1 - r.first_position, 0)
        and m.seq < r.first_seq + least(r.end_position, ${upTo} + 1) - r.first_position
        ${where === undefined ? '' : `and ${where}`}
      order by m.seq limit ${limit}
    ) as m
    order by r.first_position, m.seq limit ${limit}`;
}

/** The head is read in the same snapshot, since the last run goes on as far as it says. */
function read(s: string): string {
  return `select p.* from (select next_position from ${s}.log_head limit 1) as h
    cross join lateral (${placed(s, {
      after: '$1::bigint',
      upTo: '$2::bigint',
      next: 'h.next_position',
      limit: '$2::bigint - $1::bigint',
    })}) as p`;
}

/** At least one row, which tells the head. Looks at the messages up to $2, and gives at most $4 of the types $3. */
function scan(s: string): string {
  return `select h.next_position - 1 as head, p.*
    from (select next_position from ${s}.log_head limit 1) as h
    left join lateral (${placed(s, {
      after: '$1::bigint',
      upTo: '$2::bigint',
      next: 'h.next_position',
      limit: '$4::bigint',
      where: 'm.type = any($3::text[])',
    })}) as p on true`;
}

/**
 * At most $4 messages of the types $3 that come after the position of generation $2 of the projection $1;
 * where $5 says so, followed by those that have no position yet, in the order in which they will get it.
 * At least one row, which tells the head. As {@link look}, of the messages that have no position.
 */
export function rest(s: string): string {
  const columns = COLUMNS.map(([name]) => name).join(', ');
  const ofTypes = 'm.type = any($3::text[])';
  return `select h.next_position - 1 as head, r.*
    from (select * from ${s}.log_head limit 1) as h
    left join lateral (
      select ${columns} from (
        select 1 as part, p.position as place, p.*
        from (
          select position as after from ${s}.projection_generations
          where projection = $1 and generation = $2::bigint
        ) as g
        cross join lateral (${placed(s, {
          after: 'g.after',
          upTo: 'h.next_position',
          next: 'h.next_position',
          limit: '$4::bigint',
          where: ofTypes,
        })}) as p
        union all
        select 2 as part, m.seq as place, m.seq as position, ${columns}
        from (
          select * from ${s}.messages as m
          where $5::boolean and m.seq > h.high_seq and ${ofTypes}
          order by m.seq limit $4::bigint
        ) as m
        union all
        select 2 as part, m.seq as place, m.seq as position, ${columns}
        from jsonb_to_recordset(h.holes) as hole ${HOLE}
        cross join lateral (
          select * from ${s}.messages as m
          where $5::boolean and m.seq between hole."from" and hole."to" and ${ofTypes}
          order by m.seq limit $4::bigint
        ) as m
      ) as all_of_them
      order by part, place limit $4::bigint
    ) as r on true`;
}

/** SQL for the position of the message with the number `seq`; null where it has none yet. */
export function positionOf(s: string, seq: string): string {
  return `(
    select r.first_position + ${seq} - r.first_seq
    from (
      select first_position, first_seq from ${s}.log_runs
      where first_seq <= ${seq} order by first_seq desc limit 1
    ) as r
    where r.first_position + ${seq} - r.first_seq < coalesce(
      (select min(n.first_position) from ${s}.log_runs n where n.first_position > r.first_position),
      (select next_position from ${s}.log_head)
    )
  )`;
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
