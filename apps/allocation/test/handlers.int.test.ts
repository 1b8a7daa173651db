import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startPostgres, type PrivatePostgres } from '@tidings/testing/servers';
import { pino } from 'pino';
import { afterAll, beforeAll, describe } from 'vitest';

import { openWarehouse, type OpenWarehouse } from '../src/bootstrap.ts';
import { readSettings } from '../src/settings/settings.ts';
import { collectMails } from './support/collected-mails.ts';
import { prepareFolder } from './support/prepared-folder.ts';
import { describeWarehouse } from './support/warehouse-scenarios.ts';

/** Runs all scenarios on one database, which is emptied after each. */
function describeOn(environment: () => Promise<Record<string, string>>): void {
  const mail = collectMails();
  let warehouse: OpenWarehouse;

  beforeAll(async () => {
    const settings = readSettings(await environment());
    warehouse = await openWarehouse(settings, pino({ level: 'silent' }), mail);
  });
  afterAll(() => warehouse[Symbol.asyncDispose]());

  describeWarehouse(async () => ({
    ...warehouse,
    mails: mail.mails,
    [Symbol.asyncDispose]: async () => {
      await warehouse.app.settled();
      await warehouse.db.raw('truncate products, batches, allocations');
      await warehouse.db.raw('truncate allocations_view, allocation_history');
      mail.mails.length = 0;
    },
  }));
}

describe('the warehouse on the embedded Postgres', () => {
  let folder: string;
  // The hook that is set first runs last.
  afterAll(() => rm(folder, { recursive: true, force: true }));
  describeOn(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tidings-warehouse-'));
    await prepareFolder(folder);
    return { TIDINGS_DATA_DIR: folder };
  });
});

describe('the warehouse on a Postgres server', () => {
  let postgres: PrivatePostgres;
  afterAll(() => postgres.stop());
  describeOn(async () => {
    postgres = await startPostgres();
    return { DATABASE_URL: await postgres.createDatabase() };
  });
});
