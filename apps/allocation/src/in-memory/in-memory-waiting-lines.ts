import { InMemoryTable, type InMemoryStore, type InMemoryUnitOfWork } from '@tidings/in-memory';

import { OrderLine } from '../allocation/order-line.ts';
import type { WaitingLines, WaitingProduct } from '../allocation/ports.ts';

const TABLE = 'waiting_lines';

interface WaitingLine {
  readonly orderid: string;
  readonly sku: string;
  readonly qty: number;
}

/** Lines that wait in memory, as one unit of work sees them. A table keeps the order of first writing. */
export class InMemoryWaitingLines implements WaitingLines {
  readonly #lines: InMemoryTable<WaitingLine>;

  constructor(unit: InMemoryUnitOfWork) {
    this.#lines = new InMemoryTable(unit, TABLE);
  }

  add({ attributes }: OrderLine): Promise<void> {
    return this.#lines.put(keyOf(attributes), attributes);
  }

  async oldest(sku: string, limit: number): Promise<readonly OrderLine[]> {
    const lines = (await this.#lines.all()).filter((line) => line.sku === sku);
    return lines.slice(0, limit).map((line) => new OrderLine(line));
  }

  async remove(sku: string, lines: readonly OrderLine[]): Promise<boolean> {
    let removed = 0;
    for (const { attributes } of lines) {
      if ((await this.#lines.get(keyOf(attributes))) === undefined) continue;
      await this.#lines.delete(keyOf(attributes));
      removed += 1;
    }
    return removed > 0 && (await this.oldest(sku, 1)).length === 0;
  }

  async products(): Promise<readonly WaitingProduct[]> {
    return byProduct(await this.#lines.all());
  }
}

/** What is committed of the products for which lines wait. */
export function waitingProducts(store: InMemoryStore): readonly WaitingProduct[] {
  return byProduct(store.rowsOf<WaitingLine>(TABLE));
}

function byProduct(lines: readonly WaitingLine[]): readonly WaitingProduct[] {
  const products = new Map<string, WaitingProduct>();
  for (const { sku, qty } of lines) {
    const { lines: count, qty: total } = products.get(sku) ?? { lines: 0, qty: 0 };
    products.set(sku, { sku, lines: count + 1, qty: total + qty });
  }
  return [...products.values()];
}

function keyOf({ orderid, sku, qty }: WaitingLine): string {
  return JSON.stringify([orderid, sku, qty]);
}
