import { Aggregate } from '@tidings/domain';

import { Batch, bySoonest, type BatchAttributes } from './batch.ts';
import { BatchConflictError, UnknownBatchError } from './errors.ts';
import {
  Allocated,
  BatchAdded,
  BatchQuantityChanged,
  Deallocated,
  OutOfStock,
} from './messages.ts';
import type { OrderLine } from './order-line.ts';

/** All batches of one SKU: they change together, because a line may go to any of them. */
export class Product extends Aggregate {
  readonly batches: Batch[];

  constructor(sku: string, batches: readonly Batch[] = [], version = 0) {
    super(sku, version);
    this.batches = [...batches];
  }

  get sku(): string {
    return this.id;
  }

  /**
   * Adds a batch; adding it again changes nothing.
   *
   * @throws BatchConflictError when there is another batch of that reference
   */
  addBatch(attributes: BatchAttributes): void {
    const batch = new Batch(attributes);
    const known = findBatch(this.batches, batch.reference);
    if (known === undefined && batch.sku === this.sku) {
      this.batches.push(batch);
      this.record(BatchAdded(attributes));
    } else if (known?.hasSameAttributes(batch) !== true) {
      throw new BatchConflictError(batch.reference);
    }
  }

  /**
   * Allocates a line to what is in the warehouse, or to the batch that is expected first. A line that
   * is allocated stays where it is.
   *
   * @returns the batch's reference, or nothing when no batch has enough
   */
  allocate(line: OrderLine): string | undefined {
    const ref = this.place(line);
    if (ref === undefined) this.record(OutOfStock({ sku: this.sku }));
    return ref;
  }

  /**
   * Allocates the lines that fit, one after the other.
   *
   * @returns those that did
   */
  allocateInTurn(lines: readonly OrderLine[]): readonly OrderLine[] {
    const placed = lines.filter((line) => this.place(line) !== undefined);
    if (placed.length < lines.length) this.record(OutOfStock({ sku: this.sku }));
    return placed;
  }

  /**
   * Changes how much of a batch there is.
   *
   * @returns the lines that no longer fit, newest first; they want to be allocated anew
   * @throws UnknownBatchError when it has no such batch
   */
  changeBatchQuantity(ref: string, qty: number): readonly OrderLine[] {
    const batch = findBatch(this.batches, ref);
    if (batch === undefined) throw new UnknownBatchError(ref);
    const was = batch.purchasedQuantity;
    const released = batch.changeQuantity(qty);
    if (qty !== was) this.record(BatchQuantityChanged({ sku: this.sku, ref, qty, was }));
    for (const line of released) {
      this.record(Deallocated({ ...line.attributes, batchref: ref }));
    }
    return released;
  }

  private place(line: OrderLine): string | undefined {
    const holder = this.batches.find((candidate) => candidate.holds(line));
    if (holder !== undefined) return holder.reference;
    const batch = this.batches.toSorted(bySoonest).find((candidate) => candidate.canAllocate(line));
    if (batch === undefined) return undefined;
    batch.allocate(line);
    this.record(Allocated({ ...line.attributes, batchref: batch.reference }));
    return batch.reference;
  }
}

function findBatch(batches: readonly Batch[], ref: string): Batch | undefined {
  return batches.find(({ reference }) => reference === ref);
}
