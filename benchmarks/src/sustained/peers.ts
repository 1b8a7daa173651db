import { randomUUID } from 'node:crypto';

import { Logger, run } from 'graphile-worker';
import { Pool, type PoolClient } from 'pg';
import PgBoss from 'pg-boss';

import type { Measurement } from '../harness/contender.ts';
import type { ServerSettings } from '../harness/on-servers.ts';
import { Ledger, makeTables } from './ledger.ts';
import { CHANGE, NOTE, WRITERS, type Changed } from './settings.ts';

const TASK = 'changed';
/** How many jobs are fetched at once, and handled at once. */
const GRAPHILE = { fetched: 500, atOnce: 24 };
const PG_BOSS = { fetched: 100, idleMs: 2 };

const EFFECT = {
  name: 'effect',
  text: 'insert into effect values ($1, $2, $3) on conflict do nothing',
};

/** Makes one change and its job in a transaction on a connection of the pool: four round trips. */
function writer(
  pool: Pool,
  add: (client: PoolClient, job: Changed) => Promise<unknown>,
): (sku: string) => Promise<void> {
  return async (sku) => {
    const client = await pool.connect();
    try {
      await client.query('begin');
      const { rows } = await client.query<{ version: number }>({ ...CHANGE, values: [sku] });
      await add(client, { id: randomUUID(), sku, version: rows[0]?.version ?? 0, note: NOTE });
      await client.query('commit');
    } finally {
      client.release();
    }
  };
}

/** The effect of a job is repeatable, because these peers deliver again what was under way in a crash. */
async function handle(pool: Pool, ledger: Ledger, job: Changed): Promise<void> {
  ledger.begins(job);
  await pool.query({ ...EFFECT, values: [job.id, job.sku, job.version] });
  ledger.handled(job);
}

export async function graphileWorker({ url, messages }: ServerSettings): Promise<Measurement> {
  const writing = new Pool({ connectionString: url, max: WRITERS });
  const handling = new Pool({ connectionString: url, max: WRITERS });
  await makeTables(writing);
  const ledger = new Ledger(messages);
  const runner = await run({
    preset: {
      worker: {
        connectionString: url,
        maxPoolSize: WRITERS,
        concurrentJobs: GRAPHILE.atOnce,
        localQueue: { size: GRAPHILE.fetched },
        completeJobBatchDelay: 0,
        failJobBatchDelay: 0,
        logger: new Logger(() => () => {}),
      },
    },
    taskList: { [TASK]: (job) => handle(handling, ledger, job as Changed) },
  });
  const measured = await ledger.measure(
    writer(writing, (client, job) =>
      client.query({
        name: 'add-job',
        text: 'select 1 from graphile_worker.add_job($1, $2::json)',
        values: [TASK, JSON.stringify(job)],
      }),
    ),
    writing,
  );
  await runner.stop();
  await Promise.all([writing.end(), handling.end()]);
  return measured;
}

export async function pgBoss({ url, messages }: ServerSettings): Promise<Measurement> {
  const writing = new Pool({ connectionString: url, max: WRITERS });
  const handling = new Pool({ connectionString: url, max: WRITERS });
  await makeTables(writing);
  const boss = new PgBoss({ connectionString: url, schedule: false, supervise: false });
  await boss.start();
  await boss.createQueue(TASK);
  const ledger = new Ledger(messages);
  const end = new AbortController();
  const worker = work(boss, end.signal, (job) => handle(handling, ledger, job));
  const measured = await ledger.measure(
    writer(writing, (client, job) =>
      boss.send(TASK, job, {
        db: { executeSql: (text, values) => client.query(text, values) },
      }),
    ),
    writing,
  );
  end.abort();
  await worker;
  await boss.stop({ graceful: false });
  await Promise.all([writing.end(), handling.end()]);
  return measured;
}

/** Its own worker waits at least half a second when it has found too little, so jobs are fetched by hand. */
async function work(
  boss: PgBoss,
  signal: AbortSignal,
  handler: (job: Changed) => Promise<void>,
): Promise<void> {
  while (!signal.aborted) {
    const jobs = await boss.fetch<Changed>(TASK, { batchSize: PG_BOSS.fetched });
    await Promise.all(jobs.map(({ data }) => handler(data)));
    if (jobs.length > 0)
      await boss.complete(
        TASK,
        jobs.map(({ id }) => id),
      );
    else await new Promise((resolve) => setTimeout(resolve, PG_BOSS.idleMs));
  }
}
