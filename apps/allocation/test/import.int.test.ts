import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { openWarehouse } from '../src/bootstrap.ts';
import type { ImportSummary } from '../src/import/import-summary.ts';
import { readSettings } from '../src/settings/settings.ts';
import { prepareFolder } from './support/prepared-folder.ts';
import { Program } from './support/program.ts';
import { catchMails } from './support/smtp-catcher.ts';

const PRODUCTS = 10;
const ORDERS = 800;
const STOCK = 25;

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidings-import-'));
  await prepareFolder(join(folder, 'data'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Of each product there is too little: the last orders in the file go away empty. */
async function writeFiles(): Promise<string[]> {
  const batches = Array.from({ length: PRODUCTS }, (_, sku) => `b${sku},SKU-${sku},${STOCK},`);
  const orders = Array.from({ length: ORDERS }, (_, line) => `o${line},SKU-${line % PRODUCTS},1`);
  const paths = [join(folder, 'batches.csv'), join(folder, 'orders.csv')] as const;
  await writeFile(paths[0], `ref,sku,qty,eta\n${batches.join('\n')}\n`);
  await writeFile(paths[1], `orderid,sku,qty\n${orders.join('\n')}\nlast,NOWHERE,1\n`);
  return ['import', '--batches', paths[0], '--orders', paths[1]];
}

describe('the import', () => {
  test('killed and run again, and again, does every line exactly once', async () => {
    await using server = await catchMails();
    const environment = {
      TIDINGS_DATA_DIR: join(folder, 'data'),
      SMTP_URL: `smtp://127.0.0.1:${server.port}`,
    };
    const args = await writeFiles();
    for (const moment of ['Reading batches.csv', 'Reading orders.csv', 'orders.csv: ']) {
      await using program = await Program.start(args, environment);
      await program.says(moment);
      program.kill('SIGKILL');
      await program.ended;
    }
    const finished = await Program.run([...args, '--json'], environment);
    expect(finished.stderr).not.toContain('Error');
    expect(finished.code).toBe(0);
    const summary = JSON.parse(finished.stdout) as ImportSummary;
    const { allocated, outOfStock, repeated } = summary.orders;
    expect(allocated + outOfStock + repeated).toBe(ORDERS);
    expect(repeated).toBeGreaterThan(0);
    expect(summary.batches).toEqual({ lines: PRODUCTS, added: 0, repeated: PRODUCTS });
    expect(summary.refusedLines).toEqual([
      { file: 'orders.csv', line: ORDERS + 2, reason: 'Invalid sku NOWHERE' },
    ]);

    const again = JSON.parse(
      (await Program.run([...args, '--json'], environment)).stdout,
    ) as ImportSummary;
    expect(again.orders).toEqual({
      lines: ORDERS + 1,
      allocated: 0,
      outOfStock: 0,
      repeated: ORDERS,
    });

    await using warehouse = await openWarehouse(
      readSettings(environment),
      pino({ level: 'silent' }),
    );
    const history = await warehouse.db('allocation_history').select('event', 'sku', 'orderid');
    const events = history.map(({ event }: { event: string }) => event);
    expect(events.filter((event) => event === 'Allocated')).toHaveLength(PRODUCTS * STOCK);
    expect(events.filter((event) => event === 'OutOfStock')).toHaveLength(
      ORDERS - PRODUCTS * STOCK,
    );
    expect(await warehouse.db('allocations_view').select('orderid')).toHaveLength(PRODUCTS * STOCK);
    // Order is kept per SKU: the first in the file are those that got something.
    const served = await warehouse.db('allocations_view').where({ sku: 'SKU-3' }).pluck('orderid');
    const first = Array.from({ length: STOCK }, (_, index) => `o${index * PRODUCTS + 3}`);
    expect(new Set(served)).toEqual(new Set(first));
    expect(served).toHaveLength(first.length);
    // A mail may go out twice when its process is killed, but none is left out.
    expect(server.mails.length).toBeGreaterThanOrEqual(ORDERS - PRODUCTS * STOCK);
  });

  test('asked to stop finishes what it began, says so, and can be continued', async () => {
    const environment = { TIDINGS_DATA_DIR: join(folder, 'data') };
    const args = await writeFiles();
    await using program = await Program.start([...args, '--json'], environment);
    await program.says('Reading orders.csv');
    program.kill('SIGINT');
    expect((await program.ended).code).toBe(130);
    const first = JSON.parse(program.stdout) as ImportSummary;
    expect(first.complete).toBe(false);
    const rest = JSON.parse(
      (await Program.run([...args, '--json'], environment)).stdout,
    ) as ImportSummary;
    const done = first.orders.allocated + first.orders.outOfStock;
    expect(rest.orders.repeated).toBe(done);
    expect(rest.complete).toBe(true);
  });

  test('of a file with a wrong header is refused before anything is done', async () => {
    const orders = join(folder, 'orders.csv');
    await writeFile(orders, 'order;sku;qty\no1;LAMP;1\n');
    const environment = { TIDINGS_DATA_DIR: join(folder, 'data') };
    const { code, stderr, stdout } = await Program.run(['import', '--orders', orders], environment);
    expect(code).toBe(1);
    expect(stderr).toContain('orders.csv must begin with a line that names the columns');
    expect(stdout).toBe('');
  });
});

test('the demo imports the sample, shows what came of it, and leaves nothing behind', async () => {
  const { code, stdout, stderr } = await Program.run(['demo'], { TMPDIR: folder });
  expect(stderr).not.toContain('Error');
  expect(code).toBe(0);
  expect(stdout).toContain('Import finished');
  expect(stdout).toContain('Invalid sku GREEN-SOFA');
  expect(stdout).toMatch(/RETRO-CLOCK .* mail\(s\) to the buyers/);
  expect(stdout).toMatch(/order-10\d\d .* → batch-/);
  expect(await readdir(folder)).toEqual(['data']);
});
