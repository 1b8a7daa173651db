import { token, type Token } from '@tidings/core';

import type { Product } from './product.ts';

/** The products, as one unit of work sees them. What it loads or adds is saved with the unit. */
export interface ProductRepository {
  get(sku: string): Promise<Product | undefined>;
  /** The product that a batch belongs to. Until the unit ends, no other unit gets to this reference. */
  getByBatchRef(ref: string): Promise<Product | undefined>;
  add(product: Product): void;
}

export const Products: Token<ProductRepository> = token<ProductRepository>('Products');

/** Tells people. It may happen that they are told twice, but not that they are not told. */
export interface Notifications {
  send(to: string, subject: string, text: string, signal: AbortSignal): Promise<void>;
}

export const Notifications: Token<Notifications> = token<Notifications>('Notifications');
