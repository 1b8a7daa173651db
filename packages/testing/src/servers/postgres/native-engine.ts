import type { EngineUnavailable } from '../start-first.ts';
import { startLocal } from './local-engine.ts';
import { findNativeBinaries } from './native-binaries.ts';
import type { PostgresServer, StartPostgresOptions } from './private-postgres.ts';

/** Runs the Postgres that is installed on this machine, in a folder of its own. */
export async function startNative(
  options: StartPostgresOptions,
): Promise<PostgresServer | EngineUnavailable> {
  const found = findNativeBinaries();
  if (found === undefined) return { unavailable: 'no Postgres is installed' };
  return startLocal('native', () => found.folder, options);
}
