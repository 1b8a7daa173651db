import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { waitingDeliveries } from '@tidings/messaging-postgres';
import { createPgliteKnex } from '@tidings/persistence-knex/pglite';
import { eventually } from '@tidings/testing';
import { startPostgres } from '@tidings/testing/servers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { get, post } from './support/api.ts';
import { prepareFolder } from './support/prepared-folder.ts';
import { Program, type Environment } from './support/program.ts';
import { silentServer } from './support/silent-server.ts';
import { catchMails } from './support/smtp-catcher.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidings-service-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const embedded = (): Environment => ({ PORT: '0', TIDINGS_DATA_DIR: join(folder, 'data') });
const prepare = (): Promise<void> => prepareFolder(join(folder, 'data'));

async function addAndAllocate(url: string): Promise<void> {
  const batch = { ref: 'b1', sku: 'SMALL-TABLE', qty: 20, eta: null };
  expect((await post(`${url}/add_batch`, batch)).status).toBe(201);
  const line = { orderid: 'o1', sku: 'SMALL-TABLE', qty: 2 };
  expect(await post(`${url}/allocate`, line)).toEqual({ status: 202, body: { batchref: 'b1' } });
}

const allocationsOf = (url: string) => get(`${url}/allocations/o1`);
const allocated = { status: 200, body: [{ sku: 'SMALL-TABLE', batchref: 'b1' }] };

describe('the service on the embedded Postgres', () => {
  test('says where it is and what to try, ends in order when asked to, and keeps its data', async () => {
    await using first = await Program.start([], embedded());
    const url = await first.url();
    expect(first.stdout).toContain(join(folder, 'data'));
    expect(first.stdout.match(/^ {2}curl /gm)).toHaveLength(3);
    await addAndAllocate(url);
    expect(await allocationsOf(url)).toEqual(allocated);
    first.kill('SIGINT');
    expect(await first.ended).toEqual({ code: 0, signal: null });

    await using second = await Program.start([], embedded());
    expect(await allocationsOf(await second.url())).toEqual(allocated);
    second.kill('SIGTERM');
    expect(await second.ended).toEqual({ code: 0, signal: null });
  });

  test('keeps its data when it is killed, and starts again at once', async () => {
    await prepare();
    await using first = await Program.start([], embedded());
    await addAndAllocate(await first.url());
    first.kill('SIGKILL');
    await first.ended;
    await using second = await Program.start([], embedded());
    const url = await second.url();
    expect(await allocationsOf(url)).toEqual(allocated);
    const line = { orderid: 'o2', sku: 'SMALL-TABLE', qty: 2 };
    expect((await post(`${url}/allocate`, line)).body).toEqual({ batchref: 'b1' });
    expect((await get(`${url}/allocations/o2`)).status).toBe(200);
  });

  test('finds what waited to be delivered when it was killed', async () => {
    await prepare();
    await using silent = await silentServer();
    await using first = await Program.start([], { ...embedded(), SMTP_URL: silent.url });
    const url = await first.url();
    await post(`${url}/add_batch`, { ref: 'b1', sku: 'RARE-VASE', qty: 1, eta: null });
    await post(`${url}/allocate`, { orderid: 'o1', sku: 'RARE-VASE', qty: 2 });
    await eventually(() => silent.connections > 0, { timeoutMs: 20_000 });
    first.kill('SIGKILL');
    await first.ended;

    const db = createPgliteKnex({ dataDir: join(folder, 'data', 'postgres') });
    const waiting = await waitingDeliveries(db);
    await db.destroy();
    expect(waiting).toContainEqual({
      service: 'warehouse',
      subscription: 'purchase-mails',
      count: 1,
    });
    await using mails = await catchMails();
    const SMTP_URL = `smtp://127.0.0.1:${mails.port}`;
    await using second = await Program.start([], { ...embedded(), SMTP_URL });
    await second.url();
    await eventually(() => mails.mails.length > 0, { timeoutMs: 20_000, what: 'the mail' });
  });

  test('refuses the folder to a second process, naming the first one', async () => {
    await prepare();
    await using first = await Program.start([], embedded());
    await first.url();
    const second = await Program.run([], embedded());
    expect(second.code).toBe(1);
    expect(second.stderr).toContain(`is in use by process ${first.pid}`);
    expect(second.stderr).not.toContain('    at ');
    const third = await Program.run(['import', '--orders', '/dev/null'], embedded());
    expect(third.code).toBe(1);
  });

  test('ends with every faulty setting named', async () => {
    const { code, stderr } = await Program.run([], { PORT: 'x', LOG_LEVEL: 'y', SMTP_URL: 'z' });
    expect(code).toBe(1);
    expect(stderr.match(/^ {2}- \w+/gm)).toEqual(['  - PORT', '  - SMTP_URL', '  - LOG_LEVEL']);
  });

  test('says so when somebody else has its port', async () => {
    await prepare();
    await using first = await Program.start([], embedded());
    const { port } = new URL(await first.url());
    const other = { PORT: port, TIDINGS_DATA_DIR: join(folder, 'other') };
    await prepareFolder(other.TIDINGS_DATA_DIR);
    const second = await Program.run([], other);
    expect(second.code).toBe(1);
    expect(second.stderr).toContain(`port ${port}: another program listens there`);
  });
});

describe('the service on a Postgres server', () => {
  test('keeps its data there, and never shows the password', async () => {
    await using postgres = await startPostgres();
    const DATABASE_URL = await postgres.createDatabase();
    await using first = await Program.start([], { PORT: '0', DATABASE_URL });
    const url = await first.url();
    expect(first.stdout).toContain(new URL(DATABASE_URL).pathname.slice(1));
    const { password } = new URL(DATABASE_URL);
    expect(password !== '' && (first.stdout + first.stderr).includes(password)).toBe(false);
    await addAndAllocate(url);
    // Two of them share the work: what one is told the other one shows.
    await using second = await Program.start([], { PORT: '0', DATABASE_URL });
    const other = await second.url();
    expect(await allocationsOf(other)).toEqual(allocated);
    const line = { orderid: 'o2', sku: 'SMALL-TABLE', qty: 2 };
    expect((await post(`${other}/allocate`, line)).status).toBe(202);
    expect((await get(`${url}/allocations/o2`)).status).toBe(200);
  });

  test('says so when there is none, without the password', async () => {
    const DATABASE_URL = 'postgres://me:hush@127.0.0.1:1/none';
    const { code, stderr } = await Program.run([], { PORT: '0', DATABASE_URL });
    expect(code).toBe(1);
    expect(stderr).toContain('127.0.0.1:1');
    expect(stderr).not.toContain('hush');
  });
});

describe('mail', () => {
  test('goes out when something is out of stock', async () => {
    await prepare();
    await using server = await catchMails();
    const SMTP_URL = `smtp://127.0.0.1:${server.port}`;
    await using program = await Program.start([], { ...embedded(), SMTP_URL });
    const url = await program.url();
    await post(`${url}/add_batch`, { ref: 'b1', sku: 'RARE-VASE', qty: 1, eta: null });
    await post(`${url}/allocate`, { orderid: 'o1', sku: 'RARE-VASE', qty: 2 });
    await eventually(() => server.mails.length > 0, { timeoutMs: 20_000, what: 'a mail' });
    program.kill('SIGTERM');
    expect((await program.ended).code).toBe(0);
    expect(server.mails).toHaveLength(1);
    expect(server.mails[0]?.to).toEqual(['stock@made.com']);
    expect(server.mails[0]?.content).toContain('Subject: Out of stock for RARE-VASE');
  });
});
