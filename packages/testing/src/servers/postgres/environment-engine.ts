import { refuseToDisturb } from '../server-errors.ts';
import type { EngineUnavailable } from '../start-first.ts';
import { query } from './connection.ts';
import type { PostgresServer } from './private-postgres.ts';

/** The variable that names a server which is already there. */
export const DATABASE_URL_VARIABLE = 'TIDINGS_TEST_DATABASE_URL';

/**
 * Uses the server that {@link DATABASE_URL_VARIABLE} names.
 *
 * @throws When the variable is set and its server does not answer: whoever set it wants that server
 * and no other.
 */
export async function useEnvironment(): Promise<PostgresServer | EngineUnavailable> {
  const url = process.env[DATABASE_URL_VARIABLE];
  if (url === undefined || url === '')
    return { unavailable: `${DATABASE_URL_VARIABLE} is not set` };
  try {
    await query(url, 'select 1');
  } catch (error) {
    throw new Error(
      `The Postgres that ${DATABASE_URL_VARIABLE} names does not answer. Start it or unset the variable.`,
      { cause: error },
    );
  }
  return {
    url,
    engine: 'environment',
    crash: () => refuseToDisturb('crash'),
    restart: () => refuseToDisturb('restart'),
    stop: () => Promise.resolve(),
  };
}
