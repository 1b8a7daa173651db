import type { Knex } from 'knex';

import { databaseOf } from './database/database-of.ts';
import { settingsOf } from './options.ts';
import { migrate } from './schema/migrate.ts';
import { Schema } from './schema/schema.ts';

/**
 * Makes the tables of the transport, or brings them up to date. An application does that when it starts; call
 * this where a deployment migrates before it starts anything. Safe in several processes at once.
 *
 * @param options.schema default `tidings_messaging`
 */
export async function migrateMessaging(
  db: Knex,
  options: { readonly schema?: string } = {},
): Promise<void> {
  const settings = settingsOf(db, options);
  const database = databaseOf(db, { ...settings, connections: 0 });
  await migrate(database, new Schema(settings.schema));
}
