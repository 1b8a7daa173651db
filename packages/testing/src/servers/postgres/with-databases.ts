import { randomBytes } from 'node:crypto';
import { assertNoConnections } from '../connections-left.ts';
import { query } from './connection.ts';
import type { PostgresServer, PrivatePostgres } from './private-postgres.ts';

/** Those of clients, that is, without the server's own workers. */
const OPEN_CONNECTIONS = `
  select datname as database, application_name as application, state
  from pg_stat_activity
  where datname = any ($1) and backend_type = 'client backend'
  order by backend_start`;

interface OpenConnection {
  readonly database: string;
  readonly application: string;
  readonly state: string | null;
}

/** The same server with databases made on demand; those of a server that is not ours go with `stop`. */
export function withDatabases(server: PostgresServer): PrivatePostgres {
  const created = new Set<string>();
  let stopped: Promise<void> | undefined;

  async function createDatabase(
    name = `tidings_${randomBytes(6).toString('hex')}`,
  ): Promise<string> {
    await query(server.url, `create database ${quoted(name)}`);
    created.add(name);
    const url = new URL(server.url);
    url.pathname = `/${encodeURIComponent(name)}`;
    return url.href;
  }

  async function assertNothingLeft(): Promise<void> {
    await assertNoConnections('Postgres', async () => {
      const left = await query<OpenConnection>(server.url, OPEN_CONNECTIONS, [[...created]]);
      return left.map(
        ({ database, application, state }) =>
          `${database}, application "${application}", ${state ?? 'starting'}`,
      );
    });
  }

  async function stopServer(): Promise<void> {
    if (server.engine === 'environment') {
      for (const name of created) {
        await query(server.url, `drop database if exists ${quoted(name)} with (force)`);
      }
    }
    await server.stop();
  }

  const stop = (): Promise<void> => (stopped ??= stopServer());

  return {
    url: server.url,
    engine: server.engine,
    createDatabase,
    crash: () => server.crash(),
    restart: () => server.restart(),
    assertNothingLeft,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function quoted(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`;
}
