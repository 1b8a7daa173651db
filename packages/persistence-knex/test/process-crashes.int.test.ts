import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { eventually } from '@tidings/testing';
import { startPostgres, type PrivatePostgres } from '@tidings/testing/servers';
import type { Knex } from 'knex';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { createKnex } from '../src/index.ts';

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

const BOOKED = ['hotel booked', 'flight booked', 'ended booked'];
const REFUSED = ['hotel booked', 'flight refused', 'hotel cancelled', 'ended cancelled'];
const UNANSWERED = ['hotel booked', 'flight asked for', 'hotel cancelled', 'ended cancelled'];

/** Where a process dies, each in a trip of its own, and what has to come of the trip all the same. */
const CRASHES: Readonly<Record<string, readonly string[]>> = {
  'before TripRequested': BOOKED,
  'after TripRequested': BOOKED,
  'before BookHotel': BOOKED,
  'after BookHotel': BOOKED,
  'before HotelBooked': BOOKED,
  'after HotelBooked': BOOKED,
  'before BookFlight': BOOKED,
  'after BookFlight, which is refused': REFUSED,
  'before FlightRefused': REFUSED,
  'after FlightRefused': REFUSED,
  'before CancelHotel': REFUSED,
  'after CancelHotel': REFUSED,
  'before HotelCancelled': REFUSED,
  'after HotelCancelled': REFUSED,
  'before trips.timeout of patience': UNANSWERED,
  'after trips.timeout of patience': UNANSWERED,
};

let server: PrivatePostgres;

beforeAll(async () => {
  // The program runs with the packages as they are built.
  const tsc = path('../../../node_modules/typescript/bin/tsc');
  await promisify(execFile)(process.execPath, [tsc, '-b', path('../tsconfig.build.json')]);
  server = await startPostgres();
});

afterAll(() => server.stop());

async function runUntilKilled(url: string, crashAt: string): Promise<NodeJS.Signals | null> {
  const child = start(url, crashAt);
  const [, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  return signal;
}

function start(url: string, crashAt?: string): ReturnType<typeof spawn> {
  const crash = crashAt === undefined ? {} : { CRASH_AT: crashAt };
  return spawn(process.execPath, [path('fixtures/trips.mjs')], {
    env: { PATH: process.env['PATH'], DATABASE_URL: url, ...crash },
    stdio: ['ignore', 'ignore', 'inherit'],
    // One that does not come to where it is to die ends in order.
    timeout: 60_000,
  });
}

async function journalOf(db: Knex): Promise<Readonly<Record<string, readonly string[]>>> {
  const rows = await db('journal').select<{ trip: string; entry: string }[]>().orderBy('n');
  return Object.fromEntries(
    Object.keys(CRASHES).map((trip) => [
      trip,
      rows.filter((row) => row.trip === trip).map(({ entry }) => entry),
    ]),
  );
}

test('F6 killed between two commands, or while it compensates, a process comes to its end, and does each thing once', async () => {
  const url = await server.createDatabase();
  const db = createKnex({ url });
  try {
    await db.schema.createTable('journal', (table) => {
      table.increments('n');
      table.text('trip').notNullable();
      table.text('entry').notNullable();
    });
    for (const crash of Object.keys(CRASHES)) {
      expect({ crash, signal: await runUntilKilled(url, crash) }).toEqual({
        crash,
        signal: 'SIGKILL',
      });
    }
    const last = start(url);
    const ended = once(last, 'exit');
    const isOver = async (): Promise<boolean> =>
      Object.values(await journalOf(db)).every(
        (entries) => entries.at(-1)?.startsWith('ended') === true,
      );
    await eventually(isOver, { timeoutMs: 60_000, what: 'that every trip has come to its end' });
    last.kill('SIGTERM');
    await ended;
    expect(await journalOf(db)).toEqual(CRASHES);
    const left = await db.raw<{ rows: { processes: string; scheduled: string; dead: string }[] }>(`
      select (select count(*) from tidings.processes) as processes,
             (select count(*) from tidings.scheduled_messages) as scheduled,
             (select count(*) from tidings.dead_letters) as dead`);
    expect(left.rows).toEqual([{ processes: '0', scheduled: '0', dead: '0' }]);
  } finally {
    await db.destroy();
  }
});
