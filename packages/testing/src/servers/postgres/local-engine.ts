import { chownSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { watchForCleanup } from '../cleanup-watch.ts';
import { freePort } from '../free-port.ts';
import { runAs, type RunAs } from '../run-as.ts';
import { LocalServer } from './local-server.ts';
import type { PostgresEngine, PostgresServer, StartPostgresOptions } from './private-postgres.ts';

/** How often a start is tried anew when another process took the free port first. */
const PORT_TRIES = 5;

/** How long the backends of a killed server may hold its shared memory, in milliseconds. */
const BACKENDS_END_WITHIN_MS = 10_000;

/** Gives the folder with the programs, which it may have to copy into `folder` for the user to run. */
export type FindBinaries = (folder: string, user: RunAs | undefined) => string;

/** Runs programs of this machine on a temporary folder, which a watch removes should we not. */
export async function startLocal(
  engine: PostgresEngine,
  findBinaries: FindBinaries,
  options: StartPostgresOptions,
): Promise<PostgresServer> {
  const user = runAs();
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'tidings-postgres-')));
  if (user !== undefined) chownSync(folder, user.uid, user.gid);
  const watch = watchForCleanup(folder, join(folder, 'data', 'postmaster.pid'));
  const remove = (): void => {
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    watch.end();
  };

  try {
    const server = await start(folder, findBinaries(folder, user), user, options);
    return {
      url: server.url,
      engine,
      crash: () => server.kill(),
      restart: () => restart(server),
      stop: async () => {
        await server.stop();
        remove();
      },
    };
  } catch (error) {
    remove();
    throw error;
  }
}

async function start(
  folder: string,
  binaries: string,
  user: RunAs | undefined,
  options: StartPostgresOptions,
): Promise<LocalServer> {
  const settings = serverSettings(options);
  for (let tries = 1; ; tries += 1) {
    const port = await freePort();
    const server = new LocalServer({ binaries, folder, port, runAs: user, settings });
    if (tries === 1) await server.initialise();
    try {
      await server.start();
      return server;
    } catch (error) {
      if (tries === PORT_TRIES || !String(error).includes('could not bind')) throw error;
    }
  }
}

async function restart(server: LocalServer): Promise<void> {
  await server.stop();
  const deadline = Date.now() + BACKENDS_END_WITHIN_MS;
  for (;;) {
    try {
      await server.start();
      return;
    } catch (error) {
      if (Date.now() > deadline || !String(error).includes('still in use')) throw error;
      await delay(50);
    }
  }
}

/** The settings that every engine gives its server. */
export function serverSettings(options: StartPostgresOptions): Record<string, string> {
  return {
    fsync: options.fsync === true ? 'on' : 'off',
    // Test files run side by side, each with pools of its own.
    max_connections: '200',
    ...options.settings,
  };
}
