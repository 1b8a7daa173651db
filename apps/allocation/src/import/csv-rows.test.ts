import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { csvRows } from './csv-rows.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidings-csv-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function read(content: string | Buffer, columns = ['sku', 'qty']): Promise<unknown[]> {
  const path = join(folder, 'some.csv');
  await writeFile(path, content);
  const rows: unknown[] = [];
  for await (const { line, values, fault } of csvRows(path, columns)) {
    rows.push([line, values ?? fault]);
  }
  return rows;
}

describe('the rows of a CSV file', () => {
  test('have the number of their line, whatever the line ends, empty lines and order of columns', async () => {
    expect(await read('\ufeffQTY,sku,note\r\n1,LAMP,x\r\n\r\n 2 ,"A ""B"", C",\n3,RUG,')).toEqual([
      [2, { sku: 'LAMP', qty: '1', note: 'x' }],
      [4, { sku: 'A "B", C', qty: '2', note: '' }],
      [5, { sku: 'RUG', qty: '3', note: '' }],
    ]);
  });

  test('that cannot be read spoil no others', async () => {
    const rows = await read(
      Buffer.concat([
        Buffer.from('sku,qty\nLAMP,1,2\nLAMP\n"LAMP,1\nLAMP,"1" x\n'),
        Buffer.from([0x4c, 0xe4, 0x2c, 0x31, 0x0a]),
        Buffer.from(`${'x'.repeat(300_000)},1\nRUG,2\n`),
      ]),
    );
    expect(rows).toEqual([
      [2, 'the line has 3 fields, the header has 2'],
      [3, 'the line has 1 fields, the header has 2'],
      [4, expect.stringContaining('the line is no CSV: Quote Not Closed')],
      [5, expect.stringContaining('the line is no CSV: Invalid Closing Quote')],
      [6, 'the line is not UTF-8'],
      [7, 'the line has 300002 bytes, at most 10000 are allowed'],
      [8, { sku: 'RUG', qty: '2' }],
    ]);
  });

  test.each([
    ['', 'the file is empty'],
    ['\n\n', 'the file is empty'],
    ['sku;qty\nLAMP;1\n', 'sku is missing, qty is missing'],
    ['sku,qty,qty\n', 'qty is there twice'],
    ['"sku,qty\n', 'the line is no CSV'],
  ])('are refused as a whole when the header is wrong: %j', async (content, why) => {
    await expect(read(content)).rejects.toThrow(
      new RegExp(`^some.csv must begin with a line that names the columns sku,qty: ${why}`),
    );
  });
});
