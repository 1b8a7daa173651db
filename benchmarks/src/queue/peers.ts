import { makeWorkerUtils, Logger, run, type Runner } from 'graphile-worker';
import { Pool } from 'pg';
import PgBoss from 'pg-boss';

import type { Measurement } from '../harness/contender.ts';
import { Handled } from './measuring.ts';
import { AT_ONCE, jobOf, type Job, type QueueSettings } from './settings.ts';

const TASK = 'job';
const PG_BOSS = { fetched: 500, idleMs: 2 };
const GRAPHILE = { fetched: 500 };

interface Boss {
  readonly boss: PgBoss;
  readonly handled: Handled;
  /** Fetches by hand: its own worker waits at least half a second when it has found too little. */
  readonly start: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

async function openBoss(url: string): Promise<Boss> {
  const boss = new PgBoss({ connectionString: url, schedule: false, supervise: false });
  await boss.start();
  await boss.createQueue(TASK);
  const handled = new Handled();
  const ended = new AbortController();
  let working: Promise<void> = Promise.resolve();
  const work = async (): Promise<void> => {
    while (!ended.signal.aborted) {
      const jobs = await boss.fetch<Job>(TASK, { batchSize: PG_BOSS.fetched });
      for (const { data } of jobs) handled.note(data.n);
      if (jobs.length > 0) {
        const ids = jobs.map(({ id }) => id);
        await boss.complete(TASK, ids);
      } else await new Promise((resolve) => setTimeout(resolve, PG_BOSS.idleMs));
    }
  };
  return {
    boss,
    handled,
    start: async () => {
      working = work();
    },
    stop: async () => {
      ended.abort();
      await working;
      await boss.stop({ graceful: false });
    },
  };
}

export async function drainPgBoss({ url, messages }: QueueSettings): Promise<Measurement> {
  const { boss, handled, start, stop } = await openBoss(url);
  await boss.insert(Array.from({ length: messages }, (_, n) => ({ name: TASK, data: jobOf(n) })));
  const measured = await handled.drain(
    messages,
    start,
    async () => (await boss.getQueueSize(TASK, { before: 'completed' })) === 0,
  );
  await stop();
  return measured;
}

export async function latencyOfPgBoss({ url, messages }: QueueSettings): Promise<Measurement> {
  const { boss, handled, start, stop } = await openBoss(url);
  await start();
  const measured = await handled.latency(messages, (n) => boss.send(TASK, jobOf(n)));
  await stop();
  return measured;
}

function startGraphile(url: string, handled: Handled): Promise<Runner> {
  return run({
    preset: {
      worker: {
        connectionString: url,
        maxPoolSize: AT_ONCE,
        concurrentJobs: AT_ONCE,
        localQueue: { size: GRAPHILE.fetched },
        completeJobBatchDelay: 0,
        failJobBatchDelay: 0,
        logger: new Logger(() => () => {}),
      },
    },
    taskList: { [TASK]: (job) => handled.note((job as Job).n) },
  });
}

async function migrated(url: string): Promise<Pool> {
  const utils = await makeWorkerUtils({
    connectionString: url,
    logger: new Logger(() => () => {}),
  });
  await utils.migrate();
  await utils.release();
  return new Pool({ connectionString: url, max: 2 });
}

export async function drainGraphile({ url, messages }: QueueSettings): Promise<Measurement> {
  const pool = await migrated(url);
  const handled = new Handled();
  await pool.query(
    `select count(*) from unnest($1::json[]) as job, graphile_worker.add_job($2, job)`,
    [Array.from({ length: messages }, (_, n) => JSON.stringify(jobOf(n))), TASK],
  );
  let runner: Runner | undefined;
  const measured = await handled.drain(
    messages,
    async () => {
      runner = await startGraphile(url, handled);
    },
    async () => {
      const { rows } = await pool.query('select 1 from graphile_worker._private_jobs limit 1');
      return rows.length === 0;
    },
  );
  await runner?.stop();
  await pool.end();
  return measured;
}

export async function latencyOfGraphile({ url, messages }: QueueSettings): Promise<Measurement> {
  const pool = await migrated(url);
  const handled = new Handled();
  const runner = await startGraphile(url, handled);
  const measured = await handled.latency(messages, (n) =>
    pool.query({
      name: 'add-job',
      text: 'select 1 from graphile_worker.add_job($1, $2::json)',
      values: [TASK, JSON.stringify(jobOf(n))],
    }),
  );
  await runner.stop();
  await pool.end();
  return measured;
}
