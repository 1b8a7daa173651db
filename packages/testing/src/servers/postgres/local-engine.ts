import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../free-port.ts';
import { createServerFolder, type ServerFolder } from '../server-folder.ts';
import { LocalServer } from './local-server.ts';
import type { PostgresEngine, PostgresServer, StartPostgresOptions } from './private-postgres.ts';

/** How often a start is tried anew when another process took the free port first. */
const PORT_TRIES = 5;

/** How long the backends of a killed server may hold its shared memory, in milliseconds. */
const BACKENDS_END_WITHIN_MS = 60_000;

/** Gives the folder with the programs, which it may have to copy into the server's folder. */
export type FindBinaries = (folder: ServerFolder) => string;

/** Runs programs of this machine on a temporary folder. */
export async function startLocal(
  engine: PostgresEngine,
  findBinaries: FindBinaries,
  options: StartPostgresOptions,
): Promise<PostgresServer> {
  const folder = createServerFolder('postgres', ['postgres']);
  try {
    const server = await start(folder, findBinaries(folder), options);
    return {
      url: server.url,
      engine,
      crash: () => server.kill(),
      restart: () => restart(server),
      stop: async () => {
        await server.stop();
        folder.remove();
      },
    };
  } catch (error) {
    folder.remove();
    throw error;
  }
}

async function start(
  folder: ServerFolder,
  binaries: string,
  options: StartPostgresOptions,
): Promise<LocalServer> {
  const settings = serverSettings(options);
  for (let tries = 1; ; tries += 1) {
    const port = await freePort();
    const server = new LocalServer({ binaries, folder, port, settings });
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
