import { waitingDeliveries } from '@tidings/messaging-postgres';
import { createKnex } from '@tidings/persistence-knex';
import { eventually } from '@tidings/testing';
import { startPostgres, type PrivatePostgres } from '@tidings/testing/servers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { closeBooks } from './crash/books.ts';
import { Load } from './crash/load.ts';
import { get, post } from './support/api.ts';
import { Program, type Environment } from './support/program.ts';
import { seeded } from './support/random.ts';

const CLIENTS = 6;
const seed = Number(process.env['TIDINGS_CRASH_SEED'] ?? Date.now() % 1_000_000);

describe(`one API and three workers on Postgres alone (seed ${seed})`, () => {
  let postgres: PrivatePostgres;
  let environment: Environment & { readonly DATABASE_URL: string };
  let api: Program;
  let workers: Program[];

  beforeAll(async () => {
    postgres = await startPostgres({ crashable: true });
    environment = { PORT: '0', DATABASE_URL: await postgres.createDatabase() };
    api = await Program.start(['api'], environment);
    workers = await Promise.all([1, 2, 3].map(() => Program.start(['worker'], environment)));
    await Promise.all([api, ...workers].map((program) => program.url()));
  });
  afterAll(async () => {
    await Promise.all([api, ...workers].map((program) => program[Symbol.asyncDispose]()));
    await postgres.stop();
  });

  /** How many processes have partitions of every subscription. */
  async function sharing(): Promise<readonly number[]> {
    const db = createKnex({ url: environment.DATABASE_URL, poolSize: 1 });
    try {
      const { rows } = await db.raw<{ rows: { owners: number }[] }>(
        `select count(distinct owner)::int as owners from tidings_messaging.partitions group by subscription`,
      );
      return rows.map(({ owners }) => owners);
    } finally {
      await db.destroy();
    }
  }

  test('all three have their share of every subscription', async () => {
    await eventually(async () => (await sharing()).every((owners) => owners === 3), {
      timeoutMs: 30_000,
    });
  });

  test('killed, restarted and without their database for a while, they lose, double and disorder nothing', async () => {
    const load = new Load({ random: seeded(seed), url: () => api.url(), repeats: true });
    const end = new AbortController();
    const clients = load.run(CLIENTS, end.signal);
    await load.acknowledgements(30);

    const [killed, ended] = workers.splice(0, 2);
    killed?.kill('SIGKILL');
    await load.acknowledgements(30);
    expect(await ended?.stop()).toEqual({ code: 0, signal: null });
    await load.acknowledgements(30);
    await postgres.crash();
    await postgres.restart();
    await load.acknowledgements(30);
    workers.push(await Program.start(['worker'], environment));
    await load.acknowledgements(30);
    await eventually(async () => (await sharing()).every((owners) => owners === 2), {
      timeoutMs: 30_000,
    });

    end.abort();
    await clients;
    const { faults, events, deadLetters } = await closeBooks(load, environment.DATABASE_URL);
    const { sent, acknowledged } = load.counts;
    process.stderr.write(
      `Postgres alone, seed ${seed}: ${sent} requests, ${acknowledged} acknowledged, ${events} events\n`,
    );
    expect(faults).toEqual([]);
    expect(load.unexpected).toEqual([]);
    expect(deadLetters).toBe(0);
    expect(acknowledged).toBeGreaterThan(100);
  });

  test('they say how messages get on, and a request right after an answer sees what the one before did', async () => {
    expect(api.stdout).toContain('by the same Postgres');
    const url = await api.url();
    await post(`${url}/add_batch`, { ref: 'near', sku: 'SMALL-TABLE', qty: 50, eta: null });
    for (const orderid of ['o1', 'o2', 'o3']) {
      const line = { orderid, sku: 'SMALL-TABLE', qty: 2 };
      expect((await post(`${url}/allocate`, line)).body).toEqual({ batchref: 'near' });
      expect((await get(`${url}/allocations/${orderid}`)).status).toBe(200);
    }
  });

  test('before a move to another transport they relay nothing, and nothing of it is lost', async () => {
    await Promise.all([api, ...workers].map((program) => program.stop()));
    api = await Program.start(['api', '--no-relay'], environment);
    workers = [await Program.start(['worker', '--no-relay'], environment)];
    const url = await api.url();
    const batch = { ref: 'kept', sku: 'RARE-RUG', qty: 5, eta: null };
    expect((await post(`${url}/add_batch`, batch)).status).toBe(201);
    const tooMuch = { orderid: 'o9', sku: 'RARE-RUG', qty: 9 };
    expect((await post(`${url}/allocate`, tooMuch)).body).toEqual({ batchref: null });
    const db = createKnex({ url: environment.DATABASE_URL, poolSize: 1 });
    expect((await waitingDeliveries(db)).every(({ count }) => count === 0)).toBe(true);
    await db.destroy();
    const history = async (): Promise<unknown> =>
      (await get(`${url}/products/RARE-RUG/history`)).body;
    expect(await history()).toEqual([]);

    workers.push(await Program.start(['worker'], environment));
    await eventually(async () => JSON.stringify(await history()).includes('OutOfStock'), {
      timeoutMs: 30_000,
    });
  });
});
