import type { Knex } from 'knex';

import type { Database } from './database.ts';
import { EmbeddedDatabase } from './embedded-database.ts';
import { ServerDatabase, type ServerDatabaseOptions } from './server-database.ts';

/** The database that a Knex is for. */
export function databaseOf(db: Knex, options: ServerDatabaseOptions): Database {
  const { pglite } = db.client as { readonly pglite?: unknown };
  return pglite === undefined ? new ServerDatabase(db, options) : new EmbeddedDatabase(db);
}
