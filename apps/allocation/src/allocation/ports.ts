import { token, type Token } from '@tidings/core';

import type { OrderLine } from './order-line.ts';
import type { Product } from './product.ts';

/** The products, as one unit of work sees them. What it loads or adds is saved with the unit. */
export interface ProductRepository {
  get(sku: string): Promise<Product | undefined>;
  /** The product that a batch belongs to. Until the unit ends, no other unit gets to this reference. */
  getByBatchRef(ref: string): Promise<Product | undefined>;
  add(product: Product): void;
}

export const Products: Token<ProductRepository> = token<ProductRepository>('Products');

/** A product for which order lines wait. */
export interface WaitingProduct {
  readonly sku: string;
  /** How many lines wait. */
  readonly lines: number;
  /** How much they want together. */
  readonly qty: number;
}

/** Order lines that no batch had enough for, as one unit of work sees them. */
export interface WaitingLines {
  /** Has a line wait; one that waits already keeps its place. */
  add(line: OrderLine): Promise<void>;
  /** The first lines that came for a product and wait, in that order. */
  oldest(sku: string, limit: number): Promise<readonly OrderLine[]>;
  /**
   * Takes out lines of a product that have been allocated; one that does not wait is passed over.
   *
   * @returns whether some waited, and nobody waits for the product any more
   */
  remove(sku: string, lines: readonly OrderLine[]): Promise<boolean>;
  /** The products for which lines wait, the one that was waited for first comes first. */
  products(): Promise<readonly WaitingProduct[]>;
}

export const WaitingLines: Token<WaitingLines> = token<WaitingLines>('WaitingLines');

/** Tells people. It may happen that they are told twice, but not that they are not told. */
export interface Notifications {
  send(to: string, subject: string, text: string, signal: AbortSignal): Promise<void>;
}

export const Notifications: Token<Notifications> = token<Notifications>('Notifications');
