import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { openWarehouse } from '../src/bootstrap.ts';
import { playWeek } from '../src/demo/restocking-week.ts';
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
    // A mail may go out twice when its process is killed, but none is left out, and each SKU has one.
    const subjects = server.mails.map(({ content }) =>
      /^Subject: (.*)$/m.exec(content)?.[1]?.trim(),
    );
    expect(new Set(subjects)).toEqual(
      new Set(Array.from({ length: PRODUCTS }, (_, n) => `Out of stock for SKU-${n}`)),
    );
    expect(await warehouse.queries.waiting()).toHaveLength(PRODUCTS);
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
  expect(stdout).toMatch(/RETRO-CLOCK .* order line\(s\) wait/);
  expect(stdout).toMatch(/order-10\d\d .* → batch-/);
  expect(stdout).toContain('Sat 12:00  the week is over');
  expect(await readdir(folder)).toEqual(['data']);
});

test('the demo plays a week of restocking, with a clock that skips the hours in which nothing happens', async () => {
  const lines: string[] = [];
  const silent = pino({ level: 'silent' });
  const isOver = await playWeek(silent, (line) => lines.push(line), new AbortController().signal);
  expect(isOver).toBe(true);
  expect(lines.map((line) => line.trim().replace(/ \(.*\)$/, ''))).toEqual([
    'Mon 09:00  three are in the warehouse, and three orders want two each',
    'Mon 09:00  ✉ Out of stock for RETRO-CLOCK',
    'Mon 09:00  order-1 → batch-1',
    'Mon 09:00  order-2 waits',
    'Mon 09:00  order-3 waits',
    'Tue 02:00  ✉ 1 product(s) are waited for',
    'Wed 02:00  ✉ 1 product(s) are waited for',
    'Wed 09:00  ✉ Still out of stock for RETRO-CLOCK',
    'Thu 02:00  ✉ 1 product(s) are waited for',
    'Thu 10:00  a batch of ten has come',
    'Thu 10:00  order-2 → batch-2',
    'Thu 10:00  order-3 → batch-2',
    'Fri 10:00  an order wants seven, of which six are left',
    'Fri 10:00  ✉ Out of stock for RETRO-CLOCK',
    'Fri 10:00  order-4 waits',
    'Fri 12:00  somebody has counted: the batch that has come is one of twelve',
    'Fri 12:00  ✉ No need to buy RETRO-CLOCK',
    'Fri 12:00  order-4 → batch-2',
    'Sat 12:00  the week is over',
  ]);
  const given = AbortSignal.abort();
  expect(await playWeek(silent, () => {}, given)).toBe(false);
});
