import { describe, expect, test } from 'vitest';

import { BatchConflictError, UnknownBatchError } from './errors.ts';
import {
  Allocated,
  BatchAdded,
  BatchQuantityChanged,
  Deallocated,
  OutOfStock,
} from './messages.ts';
import { OrderLine } from './order-line.ts';
import { Product } from './product.ts';

const SKU = 'RETRO-CLOCK';
const lineOf = (orderid: string, qty = 10): OrderLine => new OrderLine({ orderid, sku: SKU, qty });

function productOf(
  ...batches: readonly (readonly [ref: string, eta: string | null, qty?: number])[]
): Product {
  const product = new Product(SKU);
  for (const [ref, eta, qty = 100] of batches) product.addBatch({ ref, sku: SKU, qty, eta });
  product.markSaved(1);
  return product;
}

const availableOf = (product: Product): Record<string, number> =>
  Object.fromEntries(product.batches.map((batch) => [batch.reference, batch.availableQuantity]));

describe('a product', () => {
  test('prefers what is in the warehouse to what is on its way', () => {
    const product = productOf(['shipment', '2030-01-02'], ['in-stock', null]);
    product.allocate(lineOf('order-1'));
    expect(availableOf(product)).toEqual({ shipment: 100, 'in-stock': 90 });
  });

  test('prefers what is expected earlier', () => {
    const product = productOf(
      ['tomorrow', '2030-01-03'],
      ['today', '2030-01-02'],
      ['later', '2030-02-01'],
    );
    product.allocate(lineOf('order-1'));
    expect(availableOf(product)).toEqual({ tomorrow: 100, today: 90, later: 100 });
  });

  test('takes the next batch when the preferred one has too little', () => {
    const product = productOf(['small', null, 5], ['large', '2030-01-02']);
    expect(product.allocate(lineOf('order-1'))).toBe('large');
  });

  test('tells which batch a line is allocated to, and records it', () => {
    const product = productOf(['in-stock', null], ['shipment', '2030-01-02']);
    expect(product.allocate(lineOf('order-1'))).toBe('in-stock');
    expect(product.recordedEvents).toEqual([
      Allocated({ orderid: 'order-1', sku: SKU, qty: 10, batchref: 'in-stock' }),
    ]);
  });

  test('allocates the same line once, also when a better batch has come', () => {
    const product = productOf(['shipment', '2030-01-02']);
    expect(product.allocate(lineOf('order-1'))).toBe('shipment');
    product.addBatch({ ref: 'in-stock', sku: SKU, qty: 100, eta: null });
    expect(product.allocate(lineOf('order-1'))).toBe('shipment');
    expect(product.recordedEvents.map(({ type }) => type)).toEqual([
      Allocated.type,
      BatchAdded.type,
    ]);
    expect(availableOf(product)).toEqual({ shipment: 90, 'in-stock': 100 });
  });

  test('records that it is out of stock when no batch has enough, and returns nothing', () => {
    const product = productOf(['only', null, 10]);
    product.allocate(lineOf('order-1'));
    expect(product.allocate(lineOf('order-2', 1))).toBeUndefined();
    expect(product.recordedEvents.at(-1)).toEqual(OutOfStock({ sku: SKU }));
  });

  test('deallocates the newest lines when there is less of a batch, and records each', () => {
    const product = productOf(['only', null, 30]);
    for (const orderid of ['first', 'second', 'third']) product.allocate(lineOf(orderid));
    product.markSaved(2);
    const released = product.changeBatchQuantity('only', 10);
    expect(released.map(({ orderid }) => orderid)).toEqual(['third', 'second']);
    expect(product.recordedEvents).toEqual([
      BatchQuantityChanged({ sku: SKU, ref: 'only', qty: 10, was: 30 }),
      Deallocated({ orderid: 'third', sku: SKU, qty: 10, batchref: 'only' }),
      Deallocated({ orderid: 'second', sku: SKU, qty: 10, batchref: 'only' }),
    ]);
  });

  test('allocates lines in their turn: those that fit, and tells that others do not', () => {
    const product = productOf(['only', null, 25]);
    const lines = [lineOf('first', 20), lineOf('large', 10), lineOf('small', 5)];
    expect(product.allocateInTurn(lines).map(({ orderid }) => orderid)).toEqual(['first', 'small']);
    expect(product.recordedEvents.map(({ type }) => type)).toEqual([
      Allocated.type,
      Allocated.type,
      OutOfStock.type,
    ]);
    product.markSaved(2);
    expect(product.allocateInTurn([])).toEqual([]);
    expect(product.recordedEvents).toEqual([]);
  });

  test('records that there is more or less of a batch, and nothing where there is not', () => {
    const product = productOf(['only', null, 10]);
    product.changeBatchQuantity('only', 10);
    expect(product.recordedEvents).toEqual([]);
    product.changeBatchQuantity('only', 12);
    expect(product.recordedEvents).toEqual([
      BatchQuantityChanged({ sku: SKU, ref: 'only', qty: 12, was: 10 }),
    ]);
  });

  test('refuses to change a batch that it does not have', () => {
    expect(() => productOf().changeBatchQuantity('nowhere', 1)).toThrow(UnknownBatchError);
  });

  test('records a batch that was added', () => {
    const product = new Product(SKU);
    product.addBatch({ ref: 'only', sku: SKU, qty: 100, eta: '2030-01-02' });
    expect(product.recordedEvents).toEqual([
      BatchAdded({ ref: 'only', sku: SKU, qty: 100, eta: '2030-01-02' }),
    ]);
  });

  test('adds the same batch once', () => {
    const product = productOf(['only', null]);
    product.addBatch({ ref: 'only', sku: SKU, qty: 100, eta: null });
    expect(product.batches).toHaveLength(1);
    expect(product.recordedEvents).toEqual([]);
  });

  test.each([
    ['quantity', { ref: 'only', sku: SKU, qty: 99, eta: null }],
    ['day', { ref: 'only', sku: SKU, qty: 100, eta: '2030-01-02' }],
    ['SKU', { ref: 'only', sku: 'OTHER', qty: 100, eta: null }],
  ])('refuses another batch of a reference that is taken, told apart by its %s', (_what, batch) => {
    expect(() => productOf(['only', null]).addBatch(batch)).toThrow(BatchConflictError);
  });
});
