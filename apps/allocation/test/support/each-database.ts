import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startPostgres, startRabbitmq, type PrivatePostgres } from '@tidings/testing/servers';
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
    onServers(tests, async () => {
      const postgres = await startPostgres();
      return [{ DATABASE_URL: await postgres.createDatabase() }, postgres];
    });
  });
}

/** Runs the same tests on each database, and on a Postgres server with RabbitMQ between the processes. */
export function onEachSetUp(tests: (database: DatabaseUnderTest) => void): void {
  onEachDatabase(tests);

  describe('on a Postgres server and RabbitMQ', () => {
    onServers(tests, async () => {
      const [postgres, rabbitmq] = await Promise.all([startPostgres(), startRabbitmq()]);
      const DATABASE_URL = await postgres.createDatabase();
      const { url: AMQP_URL } = await rabbitmq.createVhost();
      return [{ DATABASE_URL, AMQP_URL }, postgres, rabbitmq];
    });
  });
}

type Server = Pick<PrivatePostgres, 'assertNothingLeft' | 'stop'>;

function onServers(
  tests: (database: DatabaseUnderTest) => void,
  start: () => Promise<[Record<string, string>, ...Server[]]>,
): void {
  let servers: readonly Server[] = [];
  // The hook that is set first runs last.
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.assertNothingLeft()));
    await Promise.all(servers.map((server) => server.stop()));
  });
  tests(
    opened(async () => {
      const [environment, ...started] = await start();
      servers = started;
      return environment;
    }),
  );
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
