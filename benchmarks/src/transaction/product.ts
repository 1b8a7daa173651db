import { Aggregate, command, event } from '@tidings/domain';
import { z } from 'zod';

import { NOTE, type AllocateData } from './settings.ts';

const line = { orderId: z.uuid(), sku: z.string().min(1), qty: z.int().positive() };

export const Allocate = command('bench.Allocate', z.object(line));
const Allocated = event('bench.Allocated', z.object({ ...line, note: z.string() }));

/** What there is of one product, and the lines allocated since it was loaded. */
export class Product extends Aggregate {
  readonly added: AllocateData[] = [];
  available: number;

  constructor(sku: string, available: number, version: number) {
    super(sku, version);
    this.available = available;
  }

  allocate(data: AllocateData): void {
    this.available -= data.qty;
    this.added.push(data);
    this.record(Allocated({ ...data, note: NOTE }));
  }
}
