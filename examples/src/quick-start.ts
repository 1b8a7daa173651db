import { bind, createApp, feature, handle, jsonLogger, on, token } from '@tidings/core';
import { Aggregate, command, event } from '@tidings/domain';
import { inMemory, InMemoryRepository, InMemoryUnit } from '@tidings/in-memory';
import { z } from 'zod';

const Goods = z.object({ sku: z.string().min(1), qty: z.int().positive() });
const Receive = command('stock.Receive', Goods, { result: z.number() });
const Received = event('stock.Received', Goods);

class Product extends Aggregate {
  stock = 0;

  receive(qty: number): number {
    this.stock += qty;
    this.record(Received({ sku: this.id, qty }));
    return this.stock;
  }
}

const Products = token<InMemoryRepository<Product>>('Products');

const receive = handle(Receive, { products: Products }, async ({ sku, qty }, { products }) => {
  const product = (await products.get(sku)) ?? new Product(sku);
  products.add(product);
  return product.receive(qty);
});
const report = on(Received, 'report', {}, ({ sku, qty }) => console.log(`${qty} ${sku} came in`));

const products = bind(
  Products,
  { unit: InMemoryUnit },
  (by) => new InMemoryRepository(by.unit, 'Products'),
);
const app = createApp({
  service: 'warehouse',
  features: [feature('stock', [receive, report])],
  adapters: [inMemory()],
  provide: [products],
  logger: jsonLogger({ level: 'warn' }),
});
await app.start();
const stock = await app.bus.execute(Receive({ sku: 'LAMP', qty: 3 }), { waitFor: [report] });
console.log(`in stock: ${stock}`);
await app.stop();
