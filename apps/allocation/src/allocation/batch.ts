import { Entity } from '@tidings/domain';

import type { OrderLine } from './order-line.ts';

export interface BatchAttributes {
  readonly ref: string;
  readonly sku: string;
  readonly qty: number;
  /** The day it is expected, as `2030-01-31`; `null` when it is in the warehouse. */
  readonly eta: string | null;
}

/** Stock of one product that was bought together: in the warehouse, or on its way. */
export class Batch extends Entity {
  readonly sku: string;
  readonly eta: string | null;
  private purchased: number;
  /** In the order in which they were allocated. */
  private readonly allocated: OrderLine[];

  constructor({ ref, sku, qty, eta }: BatchAttributes, lines: readonly OrderLine[] = []) {
    super(ref);
    this.sku = sku;
    this.eta = eta;
    this.purchased = qty;
    this.allocated = [...lines];
  }

  get reference(): string {
    return this.id;
  }

  get purchasedQuantity(): number {
    return this.purchased;
  }

  get allocatedQuantity(): number {
    return this.allocated.reduce((sum, { qty }) => sum + qty, 0);
  }

  get availableQuantity(): number {
    return this.purchased - this.allocatedQuantity;
  }

  /** The lines it holds, oldest first. */
  get lines(): readonly OrderLine[] {
    return this.allocated;
  }

  holds(line: OrderLine): boolean {
    return this.allocated.some((known) => known.equals(line));
  }

  canAllocate(line: OrderLine): boolean {
    return line.sku === this.sku && !this.holds(line) && line.qty <= this.availableQuantity;
  }

  /** Takes the line in, if it can; a line that it holds stays where it is. */
  allocate(line: OrderLine): void {
    if (this.canAllocate(line)) this.allocated.push(line);
  }

  /** Lets go of a line; one that it does not hold is none of its business. */
  deallocate(line: OrderLine): void {
    const index = this.allocated.findIndex((known) => known.equals(line));
    if (index >= 0) this.allocated.splice(index, 1);
  }

  /** Changes how much there is, and lets go of the newest lines until the others fit. */
  changeQuantity(qty: number): readonly OrderLine[] {
    this.purchased = qty;
    const released: OrderLine[] = [];
    while (this.availableQuantity < 0) {
      const newest = this.allocated.pop();
      if (newest === undefined) break;
      released.push(newest);
    }
    return released;
  }

  hasSameAttributes({ sku, eta, purchased }: Batch): boolean {
    return this.sku === sku && this.eta === eta && this.purchased === purchased;
  }
}

/** Sorts what is in the warehouse first, then by the day it is expected. */
export function bySoonest(left: Batch, right: Batch): number {
  return (left.eta ?? '').localeCompare(right.eta ?? '');
}
