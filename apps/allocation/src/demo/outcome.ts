import type { AllocationQueries } from '../allocation/allocation-queries.ts';
import { csvRows } from '../import/csv-rows.ts';
import { batchLines, orderLines } from '../import/line-commands.ts';

interface ProductOutcome {
  batches: number;
  bought: number;
  allocated: number;
  outOfStock: number;
}

const SOME_ORDERS = 5;
const BAR_WIDTH = 20;

/** What became of the sample, as people like to read it: a line per product, and some orders. */
export async function showOutcome(
  files: { readonly batches: string; readonly orders: string },
  queries: AllocationQueries,
): Promise<string> {
  const products = new Map<string, ProductOutcome>();
  const refs = new Set<string>();
  for await (const { values } of csvRows(files.batches, batchLines.columns)) {
    if (values === undefined || 'fault' in batchLines.commandOf(values)) continue;
    // A reference that comes again is the same batch, or was refused.
    if (refs.size === refs.add(values['ref'] ?? '').size) continue;
    const sku = values['sku'] ?? '';
    const product = products.get(sku) ?? { batches: 0, bought: 0, allocated: 0, outOfStock: 0 };
    product.batches += 1;
    product.bought += Number(values['qty']);
    products.set(sku, product);
  }
  for (const [sku, product] of products) {
    for (const { event, qty } of await queries.historyOf(sku)) {
      if (event === 'Allocated') product.allocated += qty ?? 0;
      if (event === 'OutOfStock') product.outOfStock += 1;
    }
  }
  return [
    'Stock, and how much of it is allocated',
    ...[...products].map(([sku, product]) => productLine(sku, product)),
    '',
    'Some orders, as GET /allocations/:orderid shows them',
    ...(await someOrders(files.orders, queries)),
  ].join('\n');
}

function productLine(
  sku: string,
  { batches, bought, allocated, outOfStock }: ProductOutcome,
): string {
  const filled = Math.round((BAR_WIDTH * allocated) / Math.max(1, bought));
  const bar = '█'.repeat(filled) + '░'.repeat(Math.max(0, BAR_WIDTH - filled));
  const numbers = `${String(allocated).padStart(5)} of ${String(bought).padStart(5)}`;
  const mails = outOfStock === 0 ? '' : `  out of stock: ${outOfStock} order line(s) wait`;
  return `  ${sku.padEnd(24)} ${bar} ${numbers} in ${batches} batch(es)${mails}`;
}

async function someOrders(path: string, queries: AllocationQueries): Promise<readonly string[]> {
  const shown = new Map<string, string>();
  for await (const { values } of csvRows(path, orderLines.columns)) {
    const orderid = values?.['orderid'];
    if (orderid === undefined || shown.has(orderid)) continue;
    const lines = await queries.ofOrder(orderid);
    if (lines.length < 2) continue;
    const places = lines.map(({ sku, batchref }) => `${sku} → ${batchref}`).join(', ');
    shown.set(orderid, `  ${orderid.padEnd(12)} ${places}`);
    if (shown.size === SOME_ORDERS) break;
  }
  return [...shown.values()];
}
