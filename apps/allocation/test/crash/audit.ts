import { deliveryFaults } from './audit-deliveries.ts';
import { purchaseFaults } from './audit-purchases.ts';
import { groupBy } from './group-by.ts';
import type { Load, SentBatch, SentLine } from './load.ts';
import type { AllocationRow, BatchRow, HistoryRow, WhatHappened } from './what-happened.ts';

/**
 * Compares what clients were told with what the database says.
 *
 * @returns every contradiction, as a sentence
 */
export function audit(load: Load, happened: WhatHappened): readonly string[] {
  const linesByKey = groupBy(load.lines, keyOf);
  const historyByKey = groupBy(
    happened.history.filter(({ orderid }) => orderid !== null),
    keyOf,
  );
  const rowsByRef = new Map(happened.batches.map((row) => [row.reference, row]));
  const placesByKey = {
    allocations: groupBy(happened.allocations, keyOf),
    view: groupBy(happened.view, keyOf),
  };
  const waiting = new Set(happened.waiting.map(keyOf));
  return [
    ...load.batches.flatMap((batch) => batchFaults(batch, rowsByRef.get(batch.ref))),
    ...strangers(load, happened),
    ...[...linesByKey].flatMap(([key, sent]) =>
      lineFaults(key, sent, historyByKey.get(key) ?? [], placesByKey, waiting),
    ),
    ...deliveryFaults(happened),
    ...stockFaults(happened),
    ...outOfStockFaults(load, happened),
    ...purchaseFaults(happened),
  ];
}

function keyOf({
  orderid,
  sku,
  qty,
}: {
  orderid: string | null;
  sku: string;
  qty: number | null;
}): string {
  return JSON.stringify([orderid, sku, qty]);
}

/** Acknowledged: the effect is there. Not acknowledged: it is there or not, but not something else. */
function batchFaults(
  { ref, sku, qty, isAcknowledged, change }: SentBatch,
  row: BatchRow | undefined,
): string[] {
  if (row === undefined)
    return isAcknowledged ? [`batch ${ref} was acknowledged and is not there`] : [];
  const possible =
    change === undefined ? [qty] : change.isAcknowledged ? [change.qty] : [qty, change.qty];
  return row.sku === sku && possible.includes(row.purchased_quantity)
    ? []
    : [
        `batch ${ref} has ${row.purchased_quantity} of ${row.sku}, expected ${possible.join(' or ')} of ${sku}`,
      ];
}

function strangers(load: Load, { batches, history }: WhatHappened): string[] {
  const sentRefs = new Set(load.batches.map(({ ref }) => ref));
  const sentLines = new Set(load.lines.map(keyOf));
  return [
    ...batches
      .filter(({ reference }) => !sentRefs.has(reference))
      .map(({ reference }) => `nobody sent batch ${reference}`),
    ...history
      .filter((row) => row.orderid !== null && !sentLines.has(keyOf(row)))
      .map((row) => `nobody sent line ${keyOf(row)}`),
  ];
}

/** A line is allocated, let go and allocated again, in turns; the tables say the same as its last event. */
function lineFaults(
  key: string,
  sent: readonly SentLine[],
  history: readonly HistoryRow[],
  placesByKey: Readonly<Record<string, ReadonlyMap<string, readonly AllocationRow[]>>>,
  waiting: ReadonlySet<string>,
): string[] {
  const faults: string[] = [];
  let place: string | undefined;
  for (const { event, batchref } of history) {
    const isInTurn = event === 'Allocated' ? place === undefined : place === batchref;
    if (!isInTurn)
      faults.push(`line ${key} was ${event} (${batchref}) while in ${place ?? 'no batch'}`);
    place = event === 'Allocated' ? (batchref ?? undefined) : undefined;
  }
  for (const [table, rowsByKey] of Object.entries(placesByKey)) {
    const places = (rowsByKey.get(key) ?? []).map(({ batchref }) => batchref);
    if (places.join() !== (place ?? '')) {
      faults.push(
        `line ${key} is in ${place ?? 'no batch'} by its events, in ${places.join() || 'none'} by ${table}`,
      );
    }
  }
  const isKnown = history.length > 0 || sent.some(({ batchref }) => batchref === null);
  if (isKnown && waiting.has(key) !== (place === undefined)) {
    faults.push(`line ${key} ${waiting.has(key) ? 'waits' : 'does not wait'}, and is in ${place}`);
  }
  for (const { batchref } of sent) {
    const wasThere = history.some((row) => row.event === 'Allocated' && row.batchref === batchref);
    if (typeof batchref === 'string' && !wasThere) {
      faults.push(`line ${key} was acknowledged in ${batchref}, where it never was`);
    }
  }
  return faults;
}

function stockFaults({ batches, allocations }: WhatHappened): string[] {
  const rowsByBatch = groupBy(allocations, ({ batchref }) => batchref);
  return batches.flatMap(({ reference, purchased_quantity: bought }) => {
    const rows = rowsByBatch.get(reference) ?? [];
    const allocated = rows.reduce((sum, { qty }) => sum + qty, 0);
    return allocated <= bought
      ? []
      : [`batch ${reference} has ${bought}, of which ${allocated} are allocated`];
  });
}

/** Each time a line fitted nowhere was told once: no less than what was answered, no more than what was asked. */
function outOfStockFaults({ lines }: Load, { history, secondLooks }: WhatHappened): string[] {
  const told = history.filter(({ event }) => event === 'OutOfStock').length;
  const released = history.filter(({ event }) => event === 'Deallocated').length;
  const answered = lines.filter(({ batchref }) => batchref === null).length;
  const unknown = lines.filter(({ batchref }) => batchref === undefined).length;
  const most = answered + unknown + released + secondLooks;
  return told >= answered && told <= most
    ? []
    : [`${told} times out of stock, expected ${answered} to ${most}`];
}
