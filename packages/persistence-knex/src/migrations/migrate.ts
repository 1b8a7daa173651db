import { integer } from '../connection/columns.ts';
import type { Schema } from '../connection/schema.ts';
import { storeError } from '../connection/store-error.ts';
import type { Session, SessionPool } from '../connection/session.ts';
import { tables } from './0001-tables.ts';
import { receiveFunction } from './0002-receive.ts';
import { processes } from './0003-processes.ts';
import { scheduledMessages } from './0004-scheduled-messages.ts';
import { schedules } from './0005-schedules.ts';
import { deadLetterReasons } from './0006-dead-letter-reasons.ts';
import { projections } from './0007-projections.ts';

/** All migrations, in order; one that was released is never changed. */
const MIGRATIONS: readonly string[] = [
  tables,
  receiveFunction,
  processes,
  scheduledMessages,
  schedules,
  deadLetterReasons,
  projections,
];

/**
 * Brings the schema up to date, in one transaction and under a lock, so that any number of nodes may
 * start at once. A schema that is newer than this code is left as it is: migrations only ever add
 * what older code can live with.
 */
export async function migrate(pool: SessionPool, schema: Schema): Promise<void> {
  const session = await pool.acquire();
  try {
    if ((await appliedCount(session, schema)) >= MIGRATIONS.length) return;
    await migrateUnderLock(session, schema);
  } catch (error) {
    throw storeError(error, 'The schema');
  } finally {
    pool.release(session);
  }
}

async function migrateUnderLock(session: Session, schema: Schema): Promise<void> {
  const s = schema.quoted;
  await session.script('begin');
  try {
    // Held to the end of the transaction: also behind a pooler that lends connections per transaction.
    await session.run({
      text: 'select pg_advisory_xact_lock(hashtext($1))',
      values: [`tidings.migrate.${schema.name}`],
    });
    await session.script(`create schema if not exists ${s}`);
    await session.script(
      `create table if not exists ${s}.migrations (number bigint primary key, applied_at timestamptz not null default now())`,
    );
    for (
      let number = (await appliedCount(session, schema)) + 1;
      number <= MIGRATIONS.length;
      number += 1
    ) {
      await session.script((MIGRATIONS[number - 1] ?? '').replaceAll('$S', s));
      await session.run({
        text: `insert into ${s}.migrations (number) values ($1)`,
        values: [number],
      });
    }
    await session.script('commit');
  } catch (error) {
    await session.script('rollback').catch((failure: unknown) => session.destroy(failure as Error));
    throw error;
  }
}

async function appliedCount(session: Session, schema: Schema): Promise<number> {
  const { rows } = await session.run({
    text: 'select to_regclass($1) is not null as known',
    values: [`${schema.quoted}.migrations`],
  });
  if (rows[0]?.['known'] !== true) return 0;
  const applied = await session.run({
    text: `select coalesce(max(number), 0) as applied from ${schema.quoted}.migrations`,
  });
  return integer(applied.rows[0]?.['applied']);
}
