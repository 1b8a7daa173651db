import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createKnex } from '@tidings/persistence-knex';
import { eventually } from '@tidings/testing';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';

import { get, post, type ApiAnswer } from './support/api.ts';
import { onEachSetUp } from './support/each-database.ts';
import { describeIdempotency } from './support/idempotency-scenarios.ts';
import { prepareFolder } from './support/prepared-folder.ts';
import { Program } from './support/program.ts';
import { ServiceSet } from './support/service-set.ts';

describe('an Idempotency-Key', () => {
  onEachSetUp(({ warehouse }) => describeIdempotency(async () => warehouse()));
});

const key = { 'idempotency-key': 'key-1' };
const line = { orderid: 'o1', sku: 'SMALL-TABLE', qty: 2 };
const allocated = { status: 202, body: { batchref: 'b1' } };

const addBatch = (url: string): Promise<ApiAnswer> =>
  post(`${url}/add_batch`, { ref: 'b1', sku: 'SMALL-TABLE', qty: 20, eta: null });

/** What became of the product, as the API shows it once `count` events have been handled. */
async function historyOf(url: string, count: number): Promise<readonly string[]> {
  const path = `${url}/products/SMALL-TABLE/history`;
  const { body } = await eventually(async () => {
    const answer = await get(path);
    return answer.status === 200 && (answer.body as object[]).length >= count && answer;
  });
  return (body as readonly { readonly event: string }[]).map(({ event }) => event);
}

async function start(workers: number): Promise<ServiceSet> {
  const service = await ServiceSet.start(workers);
  onTestFinished(() => service[Symbol.asyncDispose]());
  return service;
}

async function another(role: 'api' | 'worker', service: ServiceSet): Promise<Program> {
  const program = await Program.start([role], service.environment);
  onTestFinished(() => program[Symbol.asyncDispose]());
  return program;
}

describe('an Idempotency-Key, on Postgres and RabbitMQ with a process of its own for each part', () => {
  test('S39 ten requests under one key to two APIs at once take effect once and are answered alike', async () => {
    const service = await start(1);
    const other = await another('api', service);
    const urls = [await service.url(), await other.url()];
    await addBatch(await service.url());
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, number) => post(`${urls[number % 2]}/allocate`, line, key)),
    );
    expect(answers).toEqual(answers.map(() => allocated));
    for (const url of urls) {
      expect((await post(`${url}/allocate`, { ...line, qty: 3 }, key)).status).toBe(422);
      expect(await historyOf(url, 1)).toEqual(['Allocated']);
    }
  });

  test('S39 a request whose API was killed between the commit and the answer gets its answer when it is repeated', async () => {
    // Without a worker nobody keeps the view, so that the API waits for it after the commit.
    const service = await start(0);
    await addBatch(await service.url());
    const unanswered = post(`${await service.url()}/allocate`, line, key).then(
      () => 'an answer',
      () => 'none',
    );
    const db = createKnex({ url: service.environment.DATABASE_URL, poolSize: 1 });
    onTestFinished(() => db.destroy());
    await eventually(async () => {
      const [row] = await db('tidings.intents').where({ id: 'http:key-1' }).select('result');
      return row?.result !== undefined && row.result !== null;
    });
    service.api.kill('SIGKILL');
    expect(await unanswered).toBe('none');

    await another('worker', service);
    const next = await another('api', service);
    const url = await next.url();
    expect(await post(`${url}/allocate`, line, key)).toEqual(allocated);
    expect((await post(`${url}/allocate`, { ...line, qty: 3 }, key)).status).toBe(422);
    expect(await historyOf(url, 1)).toEqual(['Allocated']);
  });
});

describe('an Idempotency-Key, on the embedded Postgres', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tidings-idempotency-'));
    await prepareFolder(join(folder, 'data'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  test('S39 the answer outlives a process that is killed', async () => {
    const environment = { PORT: '0', TIDINGS_DATA_DIR: join(folder, 'data') };
    await using first = await Program.start([], environment);
    await addBatch(await first.url());
    expect(await post(`${await first.url()}/allocate`, line, key)).toEqual(allocated);
    first.kill('SIGKILL');
    await first.ended;

    await using second = await Program.start([], environment);
    const url = await second.url();
    expect(await post(`${url}/allocate`, line, key)).toEqual(allocated);
    expect((await post(`${url}/allocate`, { ...line, qty: 3 }, key)).status).toBe(422);
    expect(await historyOf(url, 1)).toEqual(['Allocated']);
    // Node itself refuses headers that are larger still.
    const tooLong = { 'idempotency-key': 'x'.repeat(10_000) };
    expect((await post(`${url}/allocate`, line, tooLong)).status).toBe(400);
  });
});
