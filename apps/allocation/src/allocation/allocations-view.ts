import { on, token, type Token } from '@tidings/core';

import { Allocated, Deallocated } from './messages.ts';

/** A line and the batch that it is allocated to. */
export interface AllocatedLine {
  readonly orderid: string;
  readonly sku: string;
  readonly qty: number;
  readonly batchref: string;
}

/** The writing side of the read model. Doing the same again changes nothing. */
export interface AllocationsView {
  put(line: AllocatedLine): Promise<void>;
  /** Takes the line out, unless it has gone to another batch meanwhile. */
  remove(line: AllocatedLine): Promise<void>;
}

/** The writing side, inside the unit of work of the event that is handled. */
export const AllocationsView: Token<AllocationsView> = token<AllocationsView>('AllocationsView');

/** Where the lines of each order are, kept by what happens. */
export const allocationsView = on(
  [Allocated, Deallocated],
  'allocations-view',
  { view: AllocationsView },
  (line, { view }, { envelope }) =>
    envelope?.type === Deallocated.type ? view.remove(line) : view.put(line),
);
