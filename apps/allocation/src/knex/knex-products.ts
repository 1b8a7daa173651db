import { AggregateTable, KnexRepository, type Changes } from '@tidings/persistence-knex';
import type { KnexUnitOfWork } from '@tidings/persistence-knex';

import { Batch } from '../allocation/batch.ts';
import { OrderLine } from '../allocation/order-line.ts';
import type { ProductRepository } from '../allocation/ports.ts';
import { Product } from '../allocation/product.ts';
import { differences, stateOf, type SavedState } from './product-differences.ts';

const TABLE = new AggregateTable({ table: 'products', id: 'sku' });

interface BatchRow {
  readonly reference: string;
  readonly purchased_quantity: number;
  readonly eta: string | null;
}

interface LineRow {
  readonly orderid: string;
  readonly qty: number;
  readonly batch_reference: string;
}

/** Products in tables of their own, mapped by hand: a product, its batches, and the lines they hold. */
export class KnexProducts extends KnexRepository<Product> implements ProductRepository {
  readonly #saved = new Map<string, SavedState>();

  constructor(unit: KnexUnitOfWork) {
    super(unit, TABLE);
  }

  async getByBatchRef(ref: string): Promise<Product | undefined> {
    const { knex } = this.unit;
    // Sent together, answered in order. Without the lock two units could each add a batch of this
    // reference, to different products.
    const [, found] = await Promise.all([
      knex.raw('select pg_advisory_xact_lock(hashtextextended(?, 0))', [ref]),
      knex('batches').select('sku').where({ reference: ref }).first<{ sku: string } | undefined>(),
    ]);
    return found === undefined ? undefined : this.get(found.sku);
  }

  protected override async load(sku: string): Promise<Product | undefined> {
    const { knex } = this.unit;
    // Each statement sees what is committed when it runs. The version is read first: should the rest
    // be newer, the version will not match when the product is saved.
    const [row, batches, lines] = await Promise.all([
      knex('products').select('version').where({ sku }).first<{ version: number } | undefined>(),
      knex('batches')
        .select('reference', 'purchased_quantity', knex.raw('eta::text as eta'))
        .where({ sku })
        .orderBy('position') as Promise<BatchRow[]>,
      knex('allocations')
        .select('orderid', 'qty', 'batch_reference')
        .where({ sku })
        .orderBy('position') as Promise<LineRow[]>,
    ]);
    if (row === undefined) return undefined;
    const product = new Product(sku, batchesOf(sku, batches, lines), row.version);
    this.#saved.set(sku, stateOf(product));
    return product;
  }

  protected override changes(product: Product): Changes | undefined {
    return differences(this.unit.knex, this.#saved.get(product.sku) ?? new Map(), product);
  }
}

function batchesOf(sku: string, rows: readonly BatchRow[], lines: readonly LineRow[]): Batch[] {
  const linesOf = new Map<string, OrderLine[]>(rows.map(({ reference }) => [reference, []]));
  for (const { orderid, qty, batch_reference: ref } of lines) {
    linesOf.get(ref)?.push(new OrderLine({ orderid, sku, qty }));
  }
  return rows.map(
    ({ reference, purchased_quantity: qty, eta }) =>
      new Batch({ ref: reference, sku, qty, eta }, linesOf.get(reference)),
  );
}
