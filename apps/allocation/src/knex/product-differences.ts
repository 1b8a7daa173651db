import type { Changes, Write } from '@tidings/persistence-knex';
import type { Knex } from 'knex';

import type { OrderLine } from '../allocation/order-line.ts';
import type { Product } from '../allocation/product.ts';

/** What the tables hold of a product: its batches by reference. */
export type SavedState = ReadonlyMap<
  string,
  { readonly qty: number; readonly lines: ReadonlyMap<string, OrderLine> }
>;

/** The state of a product, to be compared with later. */
export function stateOf({ batches }: Product): SavedState {
  return new Map(
    batches.map(({ reference, purchasedQuantity, lines }) => [
      reference,
      { qty: purchasedQuantity, lines: byKey(lines) },
    ]),
  );
}

/** The queries that turn the saved state into the product's; `undefined` when nothing differs. */
export function differences(db: Knex, saved: SavedState, product: Product): Changes | undefined {
  const { sku } = product;
  const ofBatches: Write[] = [];
  const released: Write[] = [];
  const allocated: object[] = [];
  for (const { reference, purchasedQuantity: qty, eta, lines } of product.batches) {
    const before = saved.get(reference);
    const row = { reference, sku, purchased_quantity: qty, eta };
    if (before === undefined) ofBatches.push(db('batches').insert(row));
    else if (before.qty !== qty) {
      ofBatches.push(db('batches').where({ reference }).update({ purchased_quantity: qty }));
    }
    const now = byKey(lines);
    for (const [key, { orderid, qty: lineQty }] of before?.lines ?? []) {
      if (now.has(key)) continue;
      released.push(db('allocations').where({ sku, orderid, qty: lineQty }).delete());
    }
    for (const [key, { orderid, qty: lineQty }] of now) {
      if (before?.lines.has(key) === true) continue;
      allocated.push({ sku, orderid, qty: lineQty, batch_reference: reference });
    }
  }
  // A line may have moved from one batch to another: it leaves before it arrives.
  const arriving = allocated.length === 0 ? [] : [db('allocations').insert(allocated)];
  const writes = [...ofBatches, ...released, ...arriving];
  return writes.length === 0 ? undefined : writes;
}

function byKey(lines: readonly OrderLine[]): ReadonlyMap<string, OrderLine> {
  return new Map(lines.map((line) => [JSON.stringify([line.orderid, line.qty]), line]));
}
