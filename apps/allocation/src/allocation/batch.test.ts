import { describe, expect, test } from 'vitest';

import { Batch } from './batch.ts';
import { OrderLine } from './order-line.ts';

const batchOf = (qty: number, sku = 'ROUND-MIRROR'): Batch =>
  new Batch({ ref: 'batch-1', sku, qty, eta: null });
const lineOf = (qty: number, orderid = 'order-1', sku = 'ROUND-MIRROR'): OrderLine =>
  new OrderLine({ orderid, sku, qty });

describe('a batch', () => {
  test('has less available once a line is allocated to it', () => {
    const batch = batchOf(20);
    batch.allocate(lineOf(2));
    expect(batch.availableQuantity).toBe(18);
    expect(batch.allocatedQuantity).toBe(2);
  });

  test.each([
    ['takes a line when it has more than that', 20, 2, true],
    ['takes a line when it has exactly that', 2, 2, true],
    ['refuses a line when it has less', 1, 2, false],
  ])('%s', (_name, available, wanted, expected) => {
    expect(batchOf(available).canAllocate(lineOf(wanted))).toBe(expected);
  });

  test('refuses a line of another SKU', () => {
    expect(batchOf(100, 'TALL-LAMP').canAllocate(lineOf(1))).toBe(false);
  });

  test('takes the same line once', () => {
    const batch = batchOf(20);
    batch.allocate(lineOf(2));
    batch.allocate(lineOf(2));
    expect(batch.availableQuantity).toBe(18);
  });

  test('lets go only of what it holds', () => {
    const batch = batchOf(20);
    batch.allocate(lineOf(2));
    batch.deallocate(lineOf(2, 'order-2'));
    expect(batch.availableQuantity).toBe(18);
    batch.deallocate(lineOf(2));
    expect(batch.availableQuantity).toBe(20);
  });

  test('lets go of the newest lines when there is less of it, and only of as many as needed', () => {
    const batch = batchOf(30);
    for (const orderid of ['first', 'second', 'third']) batch.allocate(lineOf(10, orderid));
    expect(batch.changeQuantity(15).map(({ orderid }) => orderid)).toEqual(['third', 'second']);
    expect(batch.lines.map(({ orderid }) => orderid)).toEqual(['first']);
    expect(batch.availableQuantity).toBe(5);
  });

  test('keeps its lines when there is more of it', () => {
    const batch = batchOf(10);
    batch.allocate(lineOf(10));
    expect(batch.changeQuantity(25)).toEqual([]);
    expect(batch.availableQuantity).toBe(15);
  });

  test('is the same batch as any other of its reference', () => {
    expect(batchOf(1).equals(batchOf(2))).toBe(true);
  });
});
