import type { Connection, Database } from '../database/database.ts';
import { integer } from '../database/statement.ts';
import { tables } from './migrations/0001-tables.ts';
import { publishing } from './migrations/0002-publishing.ts';
import { consuming } from './migrations/0003-consuming.ts';
import { declaring } from './migrations/0004-declaring.ts';
import type { Schema } from './schema.ts';

/** All migrations, in order; one that was released is never changed. */
const MIGRATIONS: readonly string[] = [tables, publishing, consuming, declaring];

/**
 * Brings the schema up to date, in one transaction and under a lock, so that any number of processes may start
 * at once. A schema that is newer than this code is left as it is: migrations only ever add what older code can
 * live with.
 */
export async function migrate(database: Database, schema: Schema): Promise<void> {
  await database.lend(async (connection) => {
    if ((await appliedCount(connection, schema)) >= MIGRATIONS.length) return;
    await connection.script('begin');
    try {
      await migrateUnderLock(connection, schema);
      await connection.script('commit');
    } catch (error) {
      // Where this fails as well, its error is thrown, and the connection with the open transaction is cut.
      await connection.script('rollback');
      throw error;
    }
  });
}

async function migrateUnderLock(connection: Connection, schema: Schema): Promise<void> {
  const { quoted: s, name } = schema;
  // Held to the end of the transaction: also behind a pooler that lends connections per transaction.
  await connection.script(
    `select pg_advisory_xact_lock(hashtextextended('tidings.migrate.${name}', 0))`,
  );
  await connection.script(`create schema if not exists ${s}`);
  await connection.script(
    `create table if not exists ${s}.migrations (number bigint primary key, applied_at timestamptz not null default now())`,
  );
  const applied = await appliedCount(connection, schema);
  for (const [index, script] of MIGRATIONS.entries()) {
    if (index < applied) continue;
    await connection.script(script.replaceAll('$S', s).replaceAll('$N', `'${name}'`));
    await connection.script(`insert into ${s}.migrations (number) values (${index + 1})`);
  }
}

async function appliedCount(connection: Connection, { quoted, name }: Schema): Promise<number> {
  const [found] = await connection.run({
    name: `${name}.migrated`,
    text: 'select to_regclass($1) is not null as known',
    values: [`${quoted}.migrations`],
  });
  if (found?.['known'] !== true) return 0;
  const [row] = await connection.run({
    name: `${name}.migrations`,
    text: `select coalesce(max(number), 0) as applied from ${quoted}.migrations`,
    values: [],
  });
  return integer(row?.['applied']);
}
