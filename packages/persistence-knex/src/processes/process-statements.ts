import type { Prepared, Schema } from '../connection/schema.ts';

export interface ProcessStatements {
  readonly load: Prepared;
  readonly insert: Prepared;
  readonly update: Prepared;
  readonly delete: Prepared;
}

/** The columns that are read of an instance. */
export const INSTANCE = `process, key, instance_id, version, state::text as state, state_version,
       timeouts::text as timeouts`;

export function processStatements(schema: Schema): ProcessStatements {
  const table = `${schema.quoted}.processes`;
  // Raises where no row was changed, so that nothing sent after it takes effect.
  const checked = (name: string, change: string): Prepared =>
    schema.prepare(
      name,
      `with changed as (${change} returning 1)
       select ${schema.quoted}.require_version((select count(*) from changed), $3)`,
    );
  return {
    // Primary key; locks nothing.
    load: schema.prepare(
      'process-load',
      `select ${INSTANCE} from ${table} where process = $1 and key = $2`,
    ),
    // Primary key; a unit that starts an instance with the same key waits here until this one ends.
    insert: checked(
      'process-insert',
      `insert into ${table} (process, key, instance_id, version, state, state_version, timeouts)
       values ($1, $2, $4, 1, $5::text::jsonb, $6::bigint, $7::text::jsonb) on conflict do nothing`,
    ),
    // Primary key; locks the instance's row.
    update: checked(
      'process-update',
      `update ${table}
       set version = version + 1, state = $5::text::jsonb, state_version = $6::bigint,
           timeouts = $7::text::jsonb, updated_at = clock_timestamp()
       where process = $1 and key = $2 and instance_id = $4 and version = $8::bigint`,
    ),
    // Primary key; locks the instance's row.
    delete: checked(
      'process-delete',
      `delete from ${table}
       where process = $1 and key = $2 and instance_id = $4 and version = $5::bigint`,
    ),
  };
}
