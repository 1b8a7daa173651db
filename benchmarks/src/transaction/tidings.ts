import { bind, createApp, feature, handle, token } from '@tidings/core';
import { inMemoryTransport } from '@tidings/in-memory';
import {
  AggregateTable,
  createKnex,
  knexPersistence,
  KnexRepository,
  KnexUnit,
  type Changes,
  type ColumnValues,
} from '@tidings/persistence-knex';

import { silent } from '../dispatch/tidings-app.ts';
import type { Measurement } from '../harness/contender.ts';
import { measureCommits } from './measure-commits.ts';
import { Allocate, Product } from './product.ts';
import { nextLine, type TransactionSettings } from './settings.ts';

const table = new AggregateTable({ table: 'products', id: 'sku' });

/** Products in tables, mapped by hand. */
class Products extends KnexRepository<Product> {
  protected async load(sku: string): Promise<Product | undefined> {
    const { rows } = await this.unit.run({
      name: 'product-load',
      text: 'select version, available from products where sku = $1',
      values: [sku],
    });
    const [row] = rows;
    return row && new Product(sku, Number(row['available']), Number(row['version']));
  }

  protected override columns({ available }: Product): ColumnValues {
    return { available };
  }

  protected changes({ added }: Product): Changes | undefined {
    if (added.length === 0) return undefined;
    return added.map(({ orderId, sku, qty }) => ({
      name: 'line-insert',
      text: 'insert into lines (order_id, sku, qty) values ($1, $2, $3)',
      values: [orderId, sku, qty],
    }));
  }
}

const ProductsToken = token<Products>('Products');

/** `await bus.execute(Allocate(line))`, whole. */
export async function execute(settings: TransactionSettings): Promise<Measurement> {
  const db = createKnex({ url: settings.url, poolSize: settings.connections });
  const allocate = handle(Allocate, { products: ProductsToken }, async (line, { products }) => {
    const product = await products.require(line.sku);
    product.allocate(line);
  });
  const app = createApp({
    service: 'benchmark',
    features: [feature('allocation', [allocate])],
    adapters: [knexPersistence(db), inMemoryTransport()],
    provide: [bind(ProductsToken, { unit: KnexUnit }, ({ unit }) => new Products(unit, table))],
    logger: silent,
  });
  // Delivering is another benchmark: the messages are stored, and stay where they are.
  await app.start({ relay: false, consume: false });
  const result = await measureCommits(settings, async (connection, count) => {
    await app.bus.execute(Allocate(nextLine(connection, count)));
  });
  await app.stop();
  await db.destroy();
  return result;
}
