import type { Adapter } from '@tidings/core';
import type { Knex } from 'knex';

import { settingsOf, type PostgresMessagingOptions } from './options.ts';
import { PostgresTransport } from './postgres-transport.ts';

/**
 * The transport on Postgres alone: what is committed gets to every process of every service that shares the
 * database, and needs no broker for it. On an embedded PGlite it stays within the process, and outlives it.
 * The Knex stays the application's and has to be destroyed by it.
 *
 * @throws {@link InvalidOptionsError} listing every fault
 * @example
 * const db = createKnex({ url: process.env.DATABASE_URL });
 * const app = createApp({
 *   service: 'warehouse',
 *   features: [allocation],
 *   adapters: [knexPersistence(db), postgresMessaging(db)],
 * });
 */
export function postgresMessaging(
  db: Knex,
  options: PostgresMessagingOptions = {},
): Adapter<never> {
  const settings = settingsOf(db, options);
  return {
    name: 'Postgres',
    transport: (context) => new PostgresTransport(db, settings, context),
  };
}
