import { projection, token, type Token } from '@tidings/core';

import { Allocated, Deallocated } from './messages.ts';

/** A line and the batch that it is allocated to. */
export interface AllocatedLine {
  readonly orderid: string;
  readonly sku: string;
  readonly qty: number;
  readonly batchref: string;
}

/** What many events come to for one line: where it is now, or where it is no more. */
export interface LineChange {
  readonly line: AllocatedLine;
  /** `remove`: unless it has gone to another batch meanwhile. */
  readonly kind: 'put' | 'remove';
}

/** The writing side of the read model. Doing the same again changes nothing. */
export interface AllocationsView {
  /** Makes it, empty. */
  create(): Promise<void>;
  /** Makes changes, at most one of each line. */
  apply(changes: readonly LineChange[]): Promise<void>;
}

/** The writing side, inside the unit of work that applies the events. */
export const AllocationsView: Token<AllocationsView> = token<AllocationsView>('AllocationsView');

/** Where the lines of each order are, kept by what happens; many events at once. */
export const allocationsView = projection('allocations-view', {
  version: 1,
  events: [Allocated, Deallocated],
  dependencies: { view: AllocationsView },
  reset: ({ view }) => view.create(),
  batch: (events, { view }) =>
    view.apply(
      changesOf(
        events.map(({ type, data }) => ({
          line: data,
          kind: type === Allocated.type ? ('put' as const) : ('remove' as const),
        })),
      ),
    ),
});

/** What is left of changes in their order, at most one of each line. */
export function changesOf(changes: readonly LineChange[]): readonly LineChange[] {
  const last = new Map<string, LineChange>();
  for (const change of changes) {
    const { orderid, sku, qty, batchref } = change.line;
    const key = JSON.stringify([orderid, sku, qty]);
    const before = last.get(key);
    const hasGoneElsewhere = before?.kind === 'put' && before.line.batchref !== batchref;
    if (change.kind === 'put' || !hasGoneElsewhere) last.set(key, change);
  }
  return [...last.values()];
}
