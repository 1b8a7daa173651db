import { isoText } from '../connection/columns.ts';
import type { Prepared, Schema } from '../connection/schema.ts';
import { positionOf } from '../log/log-statements.ts';
import { isCurrentLease } from '../leases/knex-leases.ts';

export interface ProjectionStatements {
  readonly read: Prepared;
  readonly take: Prepared;
  readonly leave: Prepared;
  readonly fail: Prepared;
  readonly retry: Prepared;
  readonly skip: Prepared;
  readonly pause: Prepared;
  readonly request: Prepared;
  readonly applied: Prepared;
  readonly drop: Prepared;
}

const NO_FAILURE = `failed_position = null, failed_message_id = null, failed_type = null,
  failed_reason = null, failed_error = null, failed_attempts = null, blocked = false, due_at = null`;

const ELAPSED = (since: string): string =>
  `extract(epoch from clock_timestamp() - ${since})::double precision * 1000`;

/** The columns of a generation, as {@link generationOf} reads them. */
const COLUMNS = `g.projection, g.generation, g.version, g.mode, g.state, g.position, g.events, g.worked_ms,
  ${isoText('g.started_at')} as started,
  ${ELAPSED('g.retired_at')} as retired_ms,
  g.failed_position, g.failed_message_id, g.failed_type, g.failed_reason, g.failed_error,
  g.failed_attempts, g.blocked, -${ELAPSED('g.due_at')} as due_in,
  g.requested_by, g.requested_load, ${ELAPSED('g.requested_at')} as request_age`;

/** All of these find their rows by primary keys; few projections have few generations. */
export function projectionStatements(schema: Schema): ProjectionStatements {
  const s = schema.quoted;
  const generations = `${s}.projection_generations`;
  return {
    // Locks nothing.
    read: schema.prepare(
      'projections-read',
      `select p.name, p.paused, ${COLUMNS}
       from ${s}.projections p left join ${generations} g on g.projection = p.name
       where p.name = any($1::text[]) order by p.name, g.generation`,
    ),
    // Locks the generation's row. What was there before is read under the same lock.
    take: schema.prepare(
      'projection-take',
      `with known as (
         select taken_by from ${generations}
         where projection = $1 and generation = $2::bigint and state <> 'retired'
           and ${isCurrentLease(s, ['$3', '$4', '$5'])}
         for no key update
       )
       update ${generations} g
       set taken_by = $4 || ' ' || $5::bigint::text, requested_by = null, requested_load = null, requested_at = null
       from known where g.projection = $1 and g.generation = $2::bigint
       returning known.taken_by is not null as interrupted, ${COLUMNS}`,
    ),
    // Locks the generation's row.
    leave: schema.prepare(
      'projection-leave',
      `update ${generations} set taken_by = null
       where projection = $1 and generation = $2::bigint and taken_by = $3`,
    ),
    // Locks the generation's row.
    fail: schema.prepare(
      'projection-fail',
      `with known as (
         select ${isCurrentLease(s, ['$3', '$4', '$5'])} as leads,
           (select position from ${generations}
            where projection = $1 and generation = $2::bigint and state <> 'retired') as position
       ), noted as (
         update ${generations} g
         set failed_position = $6::bigint, failed_message_id = $7, failed_type = $8, failed_reason = $9,
             failed_error = $10, failed_attempts = $11::bigint, blocked = $12::boolean,
             due_at = clock_timestamp() + $13::double precision * interval '1 millisecond'
         from known
         where g.projection = $1 and g.generation = $2::bigint and g.state <> 'retired'
           and known.leads and g.position < $6::bigint
       )
       select leads, position from known`,
    ),
    // Locks the rows of the projection's generations.
    retry: schema.prepare(
      'projection-retry',
      `update ${generations} set ${NO_FAILURE} where projection = $1 and failed_position is not null`,
    ),
    // Locks the generation's row.
    skip: schema.prepare(
      'projection-skip',
      `with skipped as (
         update ${generations} g set position = g.failed_position, ${NO_FAILURE}
         from (
           select failed_message_id from ${generations}
           where projection = $1 and generation = $2::bigint for no key update
         ) as known
         where g.projection = $1 and g.generation = $2::bigint and g.state <> 'retired'
           and g.blocked and g.failed_position = $3::bigint
         returning known.failed_message_id
       ), remembered as (
         insert into ${s}.projection_skips (projection, generation, message_id)
         select $1, $2::bigint, failed_message_id from skipped where failed_message_id is not null
         on conflict do nothing
       )
       select count(*) as skipped from skipped`,
    ),
    // Locks the projection's row: waits for whoever moves a generation on.
    pause: schema.prepare(
      'projection-pause',
      `insert into ${s}.projections (name, paused) values ($1, $2)
       on conflict (name) do update set paused = excluded.paused`,
    ),
    // Locks the generation's row.
    request: schema.prepare(
      'projection-request',
      `update ${generations}
       set requested_by = $3, requested_load = $4::bigint, requested_at = clock_timestamp()
       where projection = $1 and generation = $2::bigint and state <> 'retired'`,
    ),
    // Unique index of the id, log_runs_first_seq and primary key of log_runs; locks nothing.
    applied: schema.prepare(
      'projection-applied',
      `select m.id, exists (
           select from ${s}.projection_skips k
           where k.projection = $1 and k.generation = g.generation and k.message_id = m.id
         ) as skipped
       from ${generations} g cross join ${s}.messages m
       where g.projection = $1 and g.state = 'active' and m.id = any($2::text[])
         and (g.mode = 'inline' or ${positionOf(s, 'm.seq')} <= g.position)`,
    ),
    // Locks everything in the generation's schema.
    drop: schema.prepare(
      'projection-drop',
      `select ${s}.drop_generation($1, $2::bigint) as dropped`,
    ),
  };
}
