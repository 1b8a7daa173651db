import { InMemoryRepository } from '@tidings/in-memory';

import type { ProductRepository } from '../allocation/ports.ts';
import type { Product } from '../allocation/product.ts';

/** Products in memory. The domain classes are kept as they are: there is nothing to map. */
export class InMemoryProducts extends InMemoryRepository<Product> implements ProductRepository {
  getByBatchRef(ref: string): Promise<Product | undefined> {
    return this.find(({ batches }) => batches.some(({ reference }) => reference === ref));
  }
}
