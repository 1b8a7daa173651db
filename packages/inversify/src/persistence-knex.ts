import {
  knexPersistence as knexAdapter,
  type KnexPersistenceOptions,
} from '@tidings/persistence-knex';
import type { ContainerModule } from 'inversify';
import type { Knex } from 'knex';

import { adapterModule } from './adapter-module.ts';

/**
 * The module of the store on Postgres or PGlite.
 *
 * @param db stays the caller's, who destroys it when the application has stopped
 */
export function knexPersistence(db: Knex, options?: KnexPersistenceOptions): ContainerModule {
  return adapterModule(knexAdapter(db, options));
}
