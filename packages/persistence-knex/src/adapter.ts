import { bind, CurrentUnitOfWork, type Adapter } from '@tidings/core';
import type { Knex } from 'knex';

import { KnexPersistence, type KnexPersistenceOptions } from './knex-persistence.ts';
import { asKnexUnit, KnexTransaction, KnexUnit } from './unit-of-work/knex-unit-of-work.ts';

/**
 * The store on Postgres or PGlite, through a Knex of the application, which stays the application's
 * and has to be destroyed by it. It brings the tokens {@link KnexUnit}, for repositories, and
 * {@link KnexTransaction}, for plain queries inside the unit of work.
 *
 * @throws {@link InvalidOptionsError} when the Knex is for another database
 * @example
 * const db = createKnex({ url: process.env.DATABASE_URL });
 * const app = createApp({ service: 'warehouse', features, adapters: [knexPersistence(db), transport] });
 */
export function knexPersistence(
  db: Knex,
  options: KnexPersistenceOptions = {},
): Adapter<typeof KnexUnit | typeof KnexTransaction> {
  return {
    name: 'knexPersistence',
    persistence: ({ logger }) =>
      new KnexPersistence(db, options, (message) => logger.warn({}, message)),
    bindings: [
      bind(KnexUnit, { unit: CurrentUnitOfWork }, ({ unit }) => asKnexUnit(unit)),
      bind(KnexTransaction, { unit: CurrentUnitOfWork }, ({ unit }) => asKnexUnit(unit).knex),
    ],
  };
}
