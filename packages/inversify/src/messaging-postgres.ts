import {
  postgresMessaging as postgresAdapter,
  type PostgresMessagingOptions,
} from '@tidings/messaging-postgres';
import type { ContainerModule } from 'inversify';
import type { Knex } from 'knex';

import { adapterModule } from './adapter-module.ts';

/**
 * The module of the transport on Postgres alone, or on PGlite.
 *
 * @throws InvalidOptionsError `TIDINGS_INVALID_OPTIONS` listing every fault
 */
export function postgresMessaging(db: Knex, options?: PostgresMessagingOptions): ContainerModule {
  return adapterModule(postgresAdapter(db, options));
}
