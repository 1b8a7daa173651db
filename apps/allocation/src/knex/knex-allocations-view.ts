import type { Knex } from 'knex';

import type { AllocatedLine, AllocationsView } from '../allocation/allocations-view.ts';

/** The allocations view in its table, as one unit of work writes it. */
export class KnexAllocationsView implements AllocationsView {
  readonly #db: Knex;

  /** @param db the transaction of the unit */
  constructor(db: Knex) {
    this.#db = db;
  }

  async put({ orderid, sku, qty, batchref }: AllocatedLine): Promise<void> {
    await this.#db('allocations_view')
      .insert({ orderid, sku, qty, batchref })
      .onConflict(['orderid', 'sku', 'qty'])
      .merge(['batchref']);
  }

  async remove({ orderid, sku, qty, batchref }: AllocatedLine): Promise<void> {
    await this.#db('allocations_view').where({ orderid, sku, qty, batchref }).delete();
  }
}
