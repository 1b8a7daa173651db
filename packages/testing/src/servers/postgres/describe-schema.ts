/** The part of a Knex that is used here. */
export interface RawQueries {
  raw(sql: string): PromiseLike<{ readonly rows: readonly { readonly line: string }[] }>;
}

/**
 * Everything in a schema that statements rely on, one sorted line each: columns, indexes, constraints,
 * functions and sequences. For a snapshot that tells when a released schema was changed.
 *
 * @param schema its name, of letters, digits and underscores
 */
export async function describeSchema(db: RawQueries, schema: string): Promise<readonly string[]> {
  const { rows } = await db.raw(`
    select format('%s.%s %s%s%s', table_name, column_name, udt_name,
        case when is_nullable = 'NO' then ' not null' end, ' default ' || column_default) as line
      from information_schema.columns where table_schema = '${schema}'
    union all
    select indexdef from pg_indexes where schemaname = '${schema}'
    union all
    select format('%s %s', c.conrelid::regclass, pg_get_constraintdef(c.oid))
      from pg_constraint c join pg_namespace n on n.oid = c.connamespace
      where n.nspname = '${schema}' and c.contype in ('p', 'u', 'c', 'f')
    union all
    select format('function %s(%s)', p.proname, pg_get_function_identity_arguments(p.oid))
      from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname = '${schema}'
    union all
    select format('sequence %s', sequencename) from pg_sequences where schemaname = '${schema}'`);
  return rows.map(({ line }) => line.replaceAll(/\s+/g, ' ')).toSorted();
}
