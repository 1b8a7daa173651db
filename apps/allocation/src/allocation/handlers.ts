import { handle } from '@tidings/core';

import { InvalidSkuError, UnknownBatchError } from './errors.ts';
import { Allocate, ChangeBatchQuantity, CreateBatch } from './messages.ts';
import { OrderLine } from './order-line.ts';
import { Products } from './ports.ts';
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

export const allocate = handle(Allocate, { products: Products }, async (line, { products }) => {
  const product = await products.get(line.sku);
  if (product === undefined) throw new InvalidSkuError(line.sku);
  return product.allocate(new OrderLine(line));
});

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
