import { join } from 'node:path';

import { createKnex } from '@tidings/persistence-knex';
import { createPgliteKnex } from '@tidings/persistence-knex/pglite';
import type { Knex } from 'knex';

import { lockFolder } from './data-folder/folder-lock.ts';
import { migrateWarehouse } from './knex/migrations.ts';
import type { Settings } from './settings/settings.ts';
import { StartError } from './start-error.ts';

/** A database that is ready for use. */
export interface Storage {
  readonly db: Knex;
  /** Where it is, for people; without secrets. */
  readonly description: string;
  /** Whether nobody else can use it meanwhile. */
  readonly isExclusive: boolean;
  close(): Promise<void>;
}

/**
 * Opens the Postgres that the settings name, or else the embedded one in the data folder, and brings the
 * app's tables up to date.
 *
 * @throws StartError when another process uses the folder, or the server cannot be used
 */
export async function openStorage({ databaseUrl, dataDir }: Settings): Promise<Storage> {
  return databaseUrl === undefined ? openEmbedded(dataDir) : openServer(databaseUrl);
}

async function openEmbedded(dataDir: string): Promise<Storage> {
  const lock = await lockFolder(dataDir);
  const db = createPgliteKnex({ dataDir: join(dataDir, 'postgres') });
  const close = async (): Promise<void> => {
    await db.destroy();
    await lock.release();
  };
  await migrated(db, close);
  return { db, description: `${dataDir} (embedded Postgres)`, isExclusive: true, close };
}

async function openServer(url: string): Promise<Storage> {
  const { host, pathname } = new URL(url);
  const description = `Postgres at ${host}${pathname}`;
  const db = createKnex({ url, applicationName: 'allocation' });
  const close = (): Promise<void> => db.destroy();
  await migrated(db, close).catch((error: unknown) => {
    throw new StartError(`${description} cannot be used: ${reasonOf(error)}. Check DATABASE_URL.`, {
      cause: error,
    });
  });
  return { db, description, isExclusive: false, close };
}

async function migrated(db: Knex, close: () => Promise<void>): Promise<void> {
  try {
    await migrateWarehouse(db);
  } catch (error) {
    await close();
    throw error;
  }
}

/** Where several addresses were tried, the message is empty and the code tells. */
function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return message === '' || message === undefined ? (code ?? String(error)) : message;
}
