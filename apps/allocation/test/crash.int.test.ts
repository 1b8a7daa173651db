import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { startPostgres } from '@tidings/testing/servers';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';

import { openWarehouse } from '../src/bootstrap.ts';
import { readSettings } from '../src/settings/settings.ts';
import { audit } from './crash/audit.ts';
import { KilledService } from './crash/killed-service.ts';
import { Load } from './crash/load.ts';
import { whatHappened } from './crash/what-happened.ts';
import { seeded } from './support/random.ts';

const KILLS = 22;
const CLIENTS = 10;
const LONGEST_LIFE_MS = 1500;
const MOST_ACKNOWLEDGEMENTS = 40;
/** On a machine that is busy with other things. */
const PATIENCE_MS = 15_000;
const TIMEOUT_MS = 600_000;
const seed = Number(process.env['TIDINGS_CRASH_SEED'] ?? Date.now() % 1_000_000);

/** Kills the service again and again under load, and then calls to account everything it said. */
async function killAndAudit(name: string, environment: Record<string, string>): Promise<void> {
  const random = seeded(seed);
  const service = new KilledService({ PORT: '0', ...environment });
  const load = new Load({ random, url: () => service.url() });
  const end = new AbortController();
  const clients = load.run(CLIENTS, end.signal);
  // By time, it dies while it recovers from the last death; by what it did, in the middle of work.
  const life = (kill: number): Promise<void> =>
    kill % 2 === 0
      ? pause(random() * LONGEST_LIFE_MS)
      : Promise.race([
          load.acknowledgements(1 + Math.floor(random() * MOST_ACKNOWLEDGEMENTS)),
          pause(PATIENCE_MS),
        ]);
  const kills = await service
    .live({ random, times: KILLS, duringStartOneIn: 6, life })
    .finally(() => {
      end.abort();
      service.giveUp();
    });
  await clients;

  // One more start, in this process, finishes what is left over; then the books are closed.
  await using warehouse = await openWarehouse(readSettings(environment), pino({ level: 'silent' }));
  const { waiting } = await warehouse.app.settled({ timeoutMs: 60_000 });
  const happened = await whatHappened(warehouse.db);
  const { sent, acknowledged } = load.counts;
  const counts = `${kills} kills, ${sent} requests, ${acknowledged} acknowledged, ${happened.events.length} events`;
  process.stderr.write(`crash test on ${name}, seed ${seed}: ${counts}\n`);

  expect(load.unexpected).toEqual([]);
  expect(audit(load, happened)).toEqual([]);
  expect(waiting).toBe(0);
  expect((await warehouse.app.deadLetters.list()).letters).toEqual([]);
  expect(kills).toBeGreaterThanOrEqual(20);
  expect(acknowledged).toBeGreaterThan(100);
  expect(happened.events.length).toBeGreaterThan(100);
}

describe.concurrent('killed at any moment, the service keeps its word', () => {
  // oxlint-disable vitest/expect-expect -- killAndAudit has the assertions
  test(
    `on the embedded Postgres (seed ${seed})`,
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'tidings-crash-'));
      await killAndAudit('PGlite', { TIDINGS_DATA_DIR: folder });
      await rm(folder, { recursive: true, force: true });
    },
    TIMEOUT_MS,
  );

  test(
    `on a Postgres server (seed ${seed})`,
    async () => {
      await using postgres = await startPostgres();
      await killAndAudit('Postgres', { DATABASE_URL: await postgres.createDatabase() });
    },
    TIMEOUT_MS,
  );
});
