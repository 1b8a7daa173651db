import type { Knex } from 'knex';

import { OrderLine } from '../allocation/order-line.ts';
import type { WaitingLines, WaitingProduct } from '../allocation/ports.ts';

const TABLE = 'waiting_lines';

interface LineRow {
  readonly orderid: string;
  readonly sku: string;
  readonly qty: number;
}

/** Lines that wait in their table, as one unit of work sees them. */
export class KnexWaitingLines implements WaitingLines {
  readonly #db: Knex;

  /** @param db the transaction of the unit */
  constructor(db: Knex) {
    this.#db = db;
  }

  async add({ orderid, sku, qty }: OrderLine): Promise<void> {
    await this.#db(TABLE)
      .insert({ orderid, sku, qty })
      .onConflict(['sku', 'orderid', 'qty'])
      .ignore();
  }

  async oldest(sku: string, limit: number): Promise<readonly OrderLine[]> {
    const rows = await this.#db(TABLE)
      .select<LineRow[]>('orderid', 'sku', 'qty')
      .where({ sku })
      .orderBy('position')
      .limit(limit);
    return rows.map((row) => new OrderLine(row));
  }

  async remove(sku: string, lines: readonly OrderLine[]): Promise<boolean> {
    if (lines.length === 0) return false;
    // Rows, not their number: not every driver tells that.
    const removed = await this.#db(TABLE)
      .where({ sku })
      .whereIn(
        ['orderid', 'qty'],
        lines.map(({ orderid, qty }) => [orderid, qty]),
      )
      .delete()
      .returning('orderid');
    return removed.length > 0 && (await this.oldest(sku, 1)).length === 0;
  }

  products(): Promise<readonly WaitingProduct[]> {
    return waitingProducts(this.#db);
  }
}

interface ProductRow {
  readonly sku: string;
  readonly lines: string;
  readonly qty: string;
}

/** The products for which lines wait. */
export async function waitingProducts(db: Knex): Promise<readonly WaitingProduct[]> {
  const rows: ProductRow[] = await db(TABLE)
    .select('sku', db.raw('count(*) as lines'), db.raw('sum(qty) as qty'))
    .groupBy('sku')
    .orderByRaw('min(position)');
  return rows.map(({ sku, lines, qty }) => ({ sku, lines: Number(lines), qty: Number(qty) }));
}
