import knexModule, { type Knex } from 'knex';
import ClientPGLite from 'knex-pglite';

export interface CreatePgliteKnexOptions {
  /** The folder that keeps the data. Default: none, the data is gone with the process. */
  readonly dataDir?: string;
}

/**
 * A Knex for an embedded Postgres (PGlite): nothing to install, durable in a folder, and one
 * connection, so units of work run one after the other. Only one process may use a folder at a time;
 * see to that. Destroy it when the application has stopped.
 */
export function createPgliteKnex({ dataDir }: CreatePgliteKnexOptions = {}): Knex {
  return knexModule.knex({
    client: ClientPGLite,
    dialect: 'postgres',
    connection: dataDir === undefined ? {} : { filename: dataDir },
    compileSqlOnError: false,
  });
}
