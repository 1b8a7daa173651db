import { randomUUID } from 'node:crypto';

export interface TransactionSettings {
  /** A database of its own, with the tables of `tables.ts` and of Tidings. */
  readonly url: string;
  /** How many transactions run at once, each on a connection of its own. */
  readonly connections: number;
  /** How many are measured. */
  readonly commits: number;
}

/** The data of the command: one line of an order, allocated to a product. */
export interface AllocateData {
  readonly orderId: string;
  readonly sku: string;
  readonly qty: number;
}

/** How many products each connection has: no two transactions ever conflict. */
export const PRODUCTS_EACH = 100;

/** The line that one of the connections allocates next. */
export function nextLine(connection: number, count: number): AllocateData {
  return {
    orderId: randomUUID(),
    sku: skuOf(connection, count % PRODUCTS_EACH),
    qty: 1 + (count % 3),
  };
}

export function skuOf(connection: number, product: number): string {
  return `SKU-${connection}-${product}`;
}

/** Text that brings the event to the size of a usual one, about 300 bytes of JSON. */
export const NOTE =
  'Allocated from stock in the warehouse; the picker is told with the next list, which is printed at the full hour. Nothing else has to be done about this line.';
