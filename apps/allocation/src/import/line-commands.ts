import type { Command } from '@tidings/domain';
import { z } from 'zod';

import { BatchReference, Eta, OrderId, Quantity, Sku } from '../allocation/fields.ts';
import { Allocate, CreateBatch } from '../allocation/messages.ts';
import type { CsvRow } from './csv-rows.ts';

/** What a line of a file wants done. */
export interface LineCommand {
  readonly command: Command;
  /** Lines of one SKU are done in their order. */
  readonly sku: string;
  /** The same for lines that say the same. */
  readonly content: string;
}

/** What the lines of a kind of file mean. */
export interface LineKind {
  readonly name: 'batches' | 'orders';
  readonly columns: readonly string[];
  readonly commandOf: (values: Readonly<Record<string, string>>) => LineCommand | LineFault;
}

export interface LineFault {
  readonly fault: string;
}

const qty = z
  .string()
  .regex(/^\d{1,15}$/, 'must be a whole number')
  .transform(Number)
  .pipe(Quantity);
const eta = z
  .string()
  .transform((text) => (text === '' ? null : text))
  .pipe(Eta);

const BatchLine = z.object({ ref: BatchReference, sku: Sku, qty, eta });
const OrderLine = z.object({ orderid: OrderId, sku: Sku, qty });

export const batchLines: LineKind = {
  name: 'batches',
  columns: Object.keys(BatchLine.shape),
  commandOf: (values) => checked(BatchLine, values, CreateBatch),
};

export const orderLines: LineKind = {
  name: 'orders',
  columns: Object.keys(OrderLine.shape),
  commandOf: (values) => checked(OrderLine, values, Allocate),
};

/** The command of a row, or what is wrong with the row. */
export function commandOf(kind: LineKind, { values, fault }: CsvRow): LineCommand | LineFault {
  return values === undefined
    ? { fault: fault ?? 'the line cannot be read' }
    : kind.commandOf(values);
}

function checked<Data extends { readonly sku: string }>(
  schema: z.ZodType<Data>,
  values: Readonly<Record<string, string>>,
  command: (data: Data) => Command,
): LineCommand | LineFault {
  const { success, data, error } = schema.safeParse(values);
  if (success) return { command: command(data), sku: data.sku, content: JSON.stringify(data) };
  return {
    fault: error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '),
  };
}
