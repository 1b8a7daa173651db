import { randomBytes } from 'node:crypto';
import { query } from './connection.ts';
import type { PostgresServer, PrivatePostgres } from './private-postgres.ts';

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
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function quoted(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`;
}
