import type { Knex } from 'knex';

import type { AllocationsView, LineChange } from '../allocation/allocations-view.ts';

/** A change of each column's values, as arrays. */
const COLUMNS = 'unnest(?::text[], ?::text[], ?::int[], ?::text[])';

/** The allocations view in its table, as one unit of work writes it. */
export class KnexAllocationsView implements AllocationsView {
  readonly #db: Knex;

  /** @param db the transaction of the unit */
  constructor(db: Knex) {
    this.#db = db;
  }

  async create(): Promise<void> {
    await this.#db.schema.createTable('allocations_view', (table) => {
      table.text('orderid').notNullable();
      table.text('sku').notNullable();
      table.integer('qty').notNullable();
      table.text('batchref').notNullable();
      table.primary(['orderid', 'sku', 'qty']);
    });
  }

  async apply(changes: readonly LineChange[]): Promise<void> {
    const puts = columnsOf(changes, 'put');
    const removals = columnsOf(changes, 'remove');
    // One statement for any number of lines, sent together.
    await Promise.all([
      puts &&
        this.#db.raw(
          `insert into allocations_view (orderid, sku, qty, batchref) select * from ${COLUMNS}
           on conflict (orderid, sku, qty) do update set batchref = excluded.batchref`,
          puts,
        ),
      removals &&
        this.#db.raw(
          `delete from allocations_view v using ${COLUMNS} as gone (orderid, sku, qty, batchref)
           where v.orderid = gone.orderid and v.sku = gone.sku and v.qty = gone.qty
             and v.batchref = gone.batchref`,
          removals,
        ),
    ]);
  }
}

function columnsOf(
  changes: readonly LineChange[],
  kind: LineChange['kind'],
): readonly Knex.RawBinding[] | undefined {
  const lines = changes.filter((change) => change.kind === kind).map(({ line }) => line);
  if (lines.length === 0) return undefined;
  return [
    lines.map(({ orderid }) => orderid),
    lines.map(({ sku }) => sku),
    lines.map(({ qty }) => qty),
    lines.map(({ batchref }) => batchref),
  ];
}
