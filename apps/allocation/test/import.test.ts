import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { CreateBatch } from '../src/allocation/messages.ts';
import { checkFiles } from '../src/import/check-files.ts';
import type { ImportFiles } from '../src/import/import-identity.ts';
import { describeSummary, type ImportSummary } from '../src/import/import-summary.ts';
import { linesOn } from '../src/import/progress.ts';
import { runImport } from '../src/import/run-import.ts';
import { inMemoryWarehouse, type InMemoryWarehouse } from './support/in-memory-warehouse.ts';

const BATCHES = `ref,sku,qty,eta
b1,LAMP,10,
b2,LAMP,10,2030-01-02
b1,LAMP,10,
b1,LAMP,99,
b3,RUG,0,
b4,RUG,5,soon
`;
const ORDERS = `orderid,sku,qty
o1,LAMP,8
o2,LAMP,8
o3,LAMP,8
o1,LAMP,8
o4,SOFA,1
o5,LAMP
`;

let folder: string;
let warehouse: InMemoryWarehouse;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidings-import-'));
  warehouse = await inMemoryWarehouse();
});
afterEach(async () => {
  await warehouse.app.stop();
  await rm(folder, { recursive: true, force: true });
});

async function file(name: string, content: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

function runOn(files: ImportFiles, name = ''): Promise<ImportSummary> {
  const { signal } = new AbortController();
  return runImport(warehouse.app, { files, name, progress: linesOn(() => {}), signal });
}

const given = async (): Promise<ImportFiles> => ({
  batches: await file('batches.csv', BATCHES),
  orders: await file('orders.csv', ORDERS),
});

describe('an import', () => {
  test('does every line once, in the order of its SKU, and accounts for each', async () => {
    const summary = await runOn(await given());
    expect(summary).toMatchObject({
      complete: true,
      batches: { lines: 6, added: 2, repeated: 1 },
      orders: { lines: 6, allocated: 2, outOfStock: 1, repeated: 1 },
      refused: 5,
      refusedLines: [
        { file: 'batches.csv', line: 5, reason: 'Batch b1 exists already with other data' },
        { file: 'batches.csv', line: 6, reason: expect.stringMatching(/^qty: /) },
        { file: 'batches.csv', line: 7, reason: 'eta: must be a day as 2030-01-31' },
        { file: 'orders.csv', line: 6, reason: 'Invalid sku SOFA' },
        { file: 'orders.csv', line: 7, reason: 'the line has 2 fields, the header has 3' },
      ],
    });
    expect(await warehouse.queries.ofOrder('o2')).toEqual([{ sku: 'LAMP', batchref: 'b2' }]);
    expect(warehouse.mails).toHaveLength(1);
    expect(describeSummary(summary)).toContain('orders.csv line 6: Invalid sku SOFA');
  });

  test('run again does nothing, and says so', async () => {
    const files = await given();
    await runOn(files);
    const again = await runOn(files);
    expect(again.batches).toEqual({ lines: 6, added: 0, repeated: 3 });
    expect(again.orders).toEqual({
      lines: 6,
      allocated: 0,
      outOfStock: 0,
      repeated: 4,
    });
    expect(again.refused).toBe(5);
    expect(warehouse.mails).toHaveLength(1);
  });

  test('of the same orders is another one with other batches, or under another name', async () => {
    const files = await given();
    await runOn(files);
    const restocked = await file('more.csv', 'ref,sku,qty,eta\nb9,LAMP,10,\n');
    const next = await runOn({ batches: restocked, orders: files.orders });
    expect(await warehouse.queries.ofOrder('o3')).toEqual([{ sku: 'LAMP', batchref: 'b9' }]);
    expect(next.orders.allocated).toBe(3);
    expect((await runOn(files, 'once more')).orders.repeated).toBe(1);
  });

  test('that was interrupted says so, and is finished by running it again', async () => {
    await warehouse.app.bus.execute(CreateBatch({ ref: 'b1', sku: 'LAMP', qty: 1000, eta: null }));
    const lines = Array.from({ length: 200 }, (_, index) => `o${index},LAMP,1`);
    const orders = await file('orders.csv', `orderid,sku,qty\n${lines.join('\n')}\n`);
    const controller = new AbortController();
    const progress = linesOn(() => {});
    let done = 0;
    const first = await runImport(warehouse.app, {
      files: { orders },
      name: '',
      progress: {
        ...progress,
        advance: () => {
          done += 1;
          if (done === 50) controller.abort();
        },
      },
      signal: controller.signal,
    });
    expect(first.complete).toBe(false);
    expect(first.orders.allocated).toBeLessThan(200);
    const second = await runOn({ orders });
    expect(second.orders.repeated).toBe(first.orders.allocated);
    expect(second.orders.allocated).toBe(200 - first.orders.allocated);
    expect(await warehouse.queries.historyOf('LAMP')).toHaveLength(200);
  });

  test('is refused before it begins when a header is wrong, or a file is not there', async () => {
    const { batches } = await given();
    const orders = await file('orders.csv', 'order,sku,qty\n');
    await expect(checkFiles({ batches, orders })).rejects.toThrow('orderid is missing');
    const missing = join(folder, 'none.csv');
    await expect(checkFiles({ orders: missing })).rejects.toThrow('cannot be read: ENOENT');
  });
});
