import { mkdtemp, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Envelope, Transport } from '@tidings/core';
import { createPgliteKnex } from '@tidings/persistence-knex/pglite';
import { eventually } from '@tidings/testing';
import type { Knex } from 'knex';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { waitingDeliveries } from '../src/index.ts';
import { eventsOf, publishAll } from './support/events.ts';
import { transportOf } from './support/postgres-harness.ts';

const views = { name: 'views', kind: 'event', types: ['test.Happened'] } as const;

let dataDir: string;
let closing: (() => Promise<void>)[];

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'tidings-embedded-'));
  closing = [];
});
afterEach(async () => {
  for (const close of closing.toReversed()) await close();
  await rm(dataDir, { recursive: true, force: true });
});

interface Embedded {
  readonly db: Knex;
  readonly transport: Transport;
  /** Ends it as the end of its process would, but for what it has in memory. */
  readonly close: () => Promise<void>;
}

async function open(leaseMs?: number): Promise<Embedded> {
  const db = createPgliteKnex({ dataDir });
  const transport = transportOf(db, leaseMs === undefined ? {} : { leaseMs });
  let isOpen = true;
  const close = async (): Promise<void> => {
    if (!isOpen) return;
    isOpen = false;
    await transport.close();
    await db.destroy();
  };
  closing.push(close);
  await transport.declare([views]);
  return { db, transport, close };
}

async function consume(transport: Transport, ids: Set<string>): Promise<void> {
  await transport.subscribe(
    'views',
    async ({ message }) => {
      ids.add((message as Envelope).id);
      return 'settle';
    },
    { concurrency: 10 },
  );
}

test('what waits outlives the process, and nobody waits for the lease of one that has died', async () => {
  const first = await open();
  await publishAll(first.transport, eventsOf(50, 10));
  // What a process that was killed leaves behind.
  await first.db.raw(
    `insert into tidings_messaging.consumers values ('dead', 'another process', now() + interval '1 hour')`,
  );
  await first.db.raw(`update tidings_messaging.partitions set owner = 'dead'`);
  await first.close();

  const second = await open();
  expect(await waitingDeliveries(second.db)).toEqual([
    { service: 'test', subscription: 'views', count: 50 },
  ]);
  const ids = new Set<string>();
  await consume(second.transport, ids);
  await eventually(() => ids.size === 50);
  await eventually(async () => (await waitingDeliveries(second.db))[0]?.count === 0);
});

test('what another transport of the process had, and could not give up, is free when its lease has run out', async () => {
  const { db, transport } = await open(400);
  await db.raw(
    `insert into tidings_messaging.consumers (id, process, expires_at)
     select 'stuck', ?, now() + interval '500 milliseconds'`,
    [`${hostname()}:${process.pid}:${performance.timeOrigin}`],
  );
  await db.raw(`update tidings_messaging.partitions set owner = 'stuck'`);
  await publishAll(transport, eventsOf(20, 20));
  const ids = new Set<string>();
  await consume(transport, ids);
  await eventually(() => ids.size === 20);
});

test('what was settled leaves no space behind, although nobody else vacuums an embedded database', async () => {
  const { db, transport } = await open(400);
  const ids = new Set<string>();
  await consume(transport, ids);
  const sizeOf = async (): Promise<number> => {
    const { rows } = await db.raw<{ rows: { size: number }[] }>(
      `select pg_table_size('tidings_messaging.deliveries')::int as size`,
    );
    return rows[0]?.size ?? Number.NaN;
  };
  for (let round = 1; round <= 6; round += 1) {
    const events = eventsOf(2000, 10).map((event) => ({ ...event, id: `${round} ${event.id}` }));
    await publishAll(transport, events);
    await eventually(() => ids.size === 2000 * round, { timeoutMs: 30_000 });
  }
  // Twelve thousand messages take some six megabytes.
  await eventually(async () => (await sizeOf()) < 3_000_000, { timeoutMs: 20_000 });
});

test('a Knex that shares its pool with the transport serves both', async () => {
  const { db, transport } = await open();
  const ids = new Set<string>();
  await consume(transport, ids);
  await db.raw('create table notes (n int)');
  const transactions = Array.from({ length: 20 }, (_, n) =>
    db.transaction(async (transaction) => {
      await transaction.raw('insert into notes values (?)', [n]);
      if (n % 2 === 0) throw new Error('undone');
      await transaction.raw('insert into notes values (?)', [n]);
    }),
  );
  const published = Array.from({ length: 20 }, (_, round) =>
    publishAll(transport, [{ ...(eventsOf(1, 1)[0] as Envelope), id: `e${round}` }]),
  );
  await Promise.all([...published, Promise.allSettled(transactions)]);
  await eventually(() => ids.size === 20);
  const { rows } = await db.raw<{ rows: { count: number }[] }>(
    'select count(*)::int as count from notes',
  );
  expect(rows).toEqual([{ count: 20 }]);
});
