import { handle } from '@tidings/core';

import { InvalidSkuError, UnknownBatchError } from './errors.ts';
import {
  Allocate,
  AllocateWaiting,
  ChangeBatchQuantity,
  CreateBatch,
  WaitingEnded,
} from './messages.ts';
import { OrderLine } from './order-line.ts';
import { Products, WaitingLines } from './ports.ts';
import { Product } from './product.ts';

export const createBatch = handle(
  CreateBatch,
  { products: Products },
  async (batch, { products }) => {
    let product = (await products.getByBatchRef(batch.ref)) ?? (await products.get(batch.sku));
    if (product === undefined) {
      product = new Product(batch.sku);
      products.add(product);
    }
    product.addBatch(batch);
  },
);

/** A line that fits nowhere waits until there is more. */
export const allocate = handle(
  Allocate,
  { products: Products, waiting: WaitingLines },
  async (attributes, { products, waiting }, { publish }) => {
    const { sku } = attributes;
    const product = await products.get(sku);
    if (product === undefined) throw new InvalidSkuError(sku);
    const line = new OrderLine(attributes);
    const ref = product.allocate(line);
    if (ref === undefined) await waiting.add(line);
    else if (await waiting.remove(sku, [line])) publish(WaitingEnded({ sku }));
    return ref;
  },
);

/** So many lines are looked at in one transaction. */
const AT_ONCE = 100;

export const allocateWaiting = handle(
  AllocateWaiting,
  { products: Products, waiting: WaitingLines },
  async ({ sku }, { products, waiting }, { publish, send }) => {
    const product = await products.get(sku);
    if (product === undefined) throw new InvalidSkuError(sku);
    const lines = await waiting.oldest(sku, AT_ONCE);
    const placed = product.allocateInTurn(lines);
    if (await waiting.remove(sku, placed)) publish(WaitingEnded({ sku }));
    // Where none of them fits, those behind them wait for their turn.
    else if (lines.length === AT_ONCE && placed.length > 0) send(AllocateWaiting({ sku }));
  },
);

export const changeBatchQuantity = handle(
  ChangeBatchQuantity,
  { products: Products },
  async ({ ref, qty }, { products }, context) => {
    const product = await products.getByBatchRef(ref);
    if (product === undefined) throw new UnknownBatchError(ref);
    const released = product.changeBatchQuantity(ref, qty);
    return released.map(({ attributes: line }, index) => {
      // Whoever is in a hurry may execute the command under this intent: it takes effect once.
      const intent = `reallocate:${context.messageId}:${index}`;
      context.send(Allocate(line), { intent });
      return { line, intent };
    });
  },
);
