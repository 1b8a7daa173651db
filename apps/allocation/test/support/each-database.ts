import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startPostgres, type PrivatePostgres } from '@tidings/testing/servers';
import { pino } from 'pino';
import { afterAll, beforeAll, describe } from 'vitest';

import { openWarehouse, type OpenWarehouse } from '../../src/bootstrap.ts';
import { readSettings } from '../../src/settings/settings.ts';
import { collectMails, type CollectedMail } from './collected-mails.ts';
import { prepareFolder } from './prepared-folder.ts';

/** What the tests on one database use; opened before them, closed after them. */
export interface DatabaseUnderTest {
  readonly warehouse: () => OpenWarehouse;
  readonly mails: CollectedMail[];
}

/** Runs the same tests on the embedded Postgres and on a Postgres server. */
export function onEachDatabase(tests: (database: DatabaseUnderTest) => void): void {
  describe('on the embedded Postgres', () => {
    let folder: string;
    // The hook that is set first runs last.
    afterAll(() => rm(folder, { recursive: true, force: true }));
    tests(
      opened(async () => {
        folder = await mkdtemp(join(tmpdir(), 'tidings-warehouse-'));
        await prepareFolder(folder);
        return { TIDINGS_DATA_DIR: folder };
      }),
    );
  });

  describe('on a Postgres server', () => {
    let postgres: PrivatePostgres;
    afterAll(async () => {
      await postgres.assertNothingLeft();
      await postgres.stop();
    });
    tests(
      opened(async () => {
        postgres = await startPostgres();
        return { DATABASE_URL: await postgres.createDatabase() };
      }),
    );
  });
}

function opened(environment: () => Promise<Record<string, string>>): DatabaseUnderTest {
  const mail = collectMails();
  let warehouse: OpenWarehouse;
  beforeAll(async () => {
    const settings = readSettings(await environment());
    warehouse = await openWarehouse(settings, pino({ level: 'silent' }), mail);
  });
  afterAll(() => warehouse[Symbol.asyncDispose]());
  return { warehouse: () => warehouse, mails: mail.mails };
}
