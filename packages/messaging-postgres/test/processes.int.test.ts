import { CollectingLogger, eventually } from '@tidings/testing';
import { expect, test } from 'vitest';

import { ledgerApp, type LedgerApp } from './support/ledger-app.ts';
import { entriesIn, expectAll, makeLedger, publishNumbers, type Entry } from './support/ledger.ts';
import { testDatabase } from './support/test-database.ts';
import { WorkerProcess } from './support/worker-process.ts';

const database = testDatabase();

/** The process that publishes, and does not consume. */
async function startPublisher(): Promise<LedgerApp> {
  await makeLedger(database.db);
  const publisher = ledgerApp(database.url, 'publisher', new CollectingLogger());
  database.onClose(async () => {
    await publisher.app.stop();
    await publisher.db.destroy();
  });
  await publisher.app.start({ consume: false });
  return publisher;
}

async function startWorkers(...names: readonly string[]): Promise<readonly WorkerProcess[]> {
  return Promise.all(
    names.map(async (name) => {
      const worker = await WorkerProcess.start(database.url, name);
      database.onClose(() => worker.end('SIGKILL'));
      return worker;
    }),
  );
}

const workersOf = (entries: readonly Entry[]): ReadonlySet<string> =>
  new Set(entries.map(({ by }) => by));

test('F3 three processes share the work; one is killed, and nothing is lost, doubled or out of order', async () => {
  const { app } = await startPublisher();
  const [first] = await startWorkers('first', 'second', 'third');
  const published = publishNumbers(app, 0, 60);
  await eventually(async () => {
    const entries = await entriesIn(database.db);
    return workersOf(entries).size === 3 && entries.length > 300;
  });
  await first?.end('SIGKILL');
  await published;
  const entries = await expectAll(database.db, 60);
  expect(workersOf(entries)).toEqual(new Set(['first', 'second', 'third']));
});

test('F8 a process that is stopped loses what it had; when it goes on it does nothing twice, and takes part again', async () => {
  const { app } = await startPublisher();
  const [stopped] = await startWorkers('stopped', 'other');
  await publishNumbers(app, 0, 10);
  await expectAll(database.db, 10);
  const published = publishNumbers(app, 10, 30);
  await eventually(async () => (await entriesIn(database.db)).length > 480);
  stopped?.signal('SIGSTOP');
  await published;
  await expectAll(database.db, 40);
  const before = (await entriesIn(database.db)).length;
  stopped?.signal('SIGCONT');
  let count = 40;
  await eventually(
    async () => {
      await publishNumbers(app, count, 5);
      count += 5;
      const later = (await entriesIn(database.db)).slice(before);
      return workersOf(later).has('stopped');
    },
    { timeoutMs: 60_000 },
  );
  await expectAll(database.db, count);
});

test('F1 a process that is told to end leaves nothing undone, and the others go on at once', async () => {
  const { app } = await startPublisher();
  const [ended] = await startWorkers('ended', 'other');
  const published = publishNumbers(app, 0, 30);
  await eventually(async () => (await entriesIn(database.db)).length > 200);
  await ended?.end('SIGTERM');
  await published;
  await expectAll(database.db, 30);
  const { rows } = await database.db.raw<{ rows: unknown[] }>(
    'select id from tidings_messaging.consumers',
  );
  expect(rows).toHaveLength(1);
});
