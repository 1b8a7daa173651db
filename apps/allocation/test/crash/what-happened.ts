import type { Knex } from 'knex';

import { allocationHistory } from '../../src/allocation/allocation-history.ts';
import { AllocateWaiting, BatchAdded } from '../../src/allocation/messages.ts';
import { PurchaseCancelled, PurchaseRequested } from '../../src/restocking/messages.ts';

export interface AllocationRow {
  readonly orderid: string;
  readonly sku: string;
  readonly qty: number;
  readonly batchref: string;
}

export interface HistoryRow {
  readonly message_id: string;
  readonly event: string;
  readonly sku: string;
  readonly orderid: string | null;
  readonly qty: number | null;
  readonly batchref: string | null;
}

export interface BatchRow {
  readonly reference: string;
  readonly sku: string;
  readonly purchased_quantity: number;
}

export interface PurchaseCount {
  readonly type: string;
  readonly sku: string;
  readonly count: number;
}

/** Everything the database says about what happened. */
export interface WhatHappened {
  readonly batches: readonly BatchRow[];
  /** Where lines are, by the tables of the products. */
  readonly allocations: readonly AllocationRow[];
  /** Where lines are, by the read model. */
  readonly view: readonly AllocationRow[];
  readonly history: readonly HistoryRow[];
  /** Lines that wait. */
  readonly waiting: readonly Omit<AllocationRow, 'batchref'>[];
  /** How often lines that wait were looked at again, each of which may find nothing once more. */
  readonly secondLooks: number;
  /** How often each event of buying, and each that ends it, was recorded for a product. */
  readonly purchases: readonly PurchaseCount[];
  /** The events of the log that are written into the history, in log order. */
  readonly events: readonly { readonly id: string; readonly type: string }[];
}

export async function whatHappened(db: Knex): Promise<WhatHappened> {
  const columns = ['orderid', 'sku', 'qty'] as const;
  return {
    batches: await db('batches').select('reference', 'sku', 'purchased_quantity'),
    allocations: await db('allocations')
      .select(...columns, { batchref: 'batch_reference' })
      .orderBy([...columns]),
    view: await db('allocations_view')
      .select(...columns, 'batchref')
      .orderBy([...columns]),
    waiting: await db('waiting_lines').select(...columns),
    secondLooks: await countOf(db, AllocateWaiting.type),
    purchases: await purchaseCounts(db),
    history: await db('allocation_history').select('*').orderBy('position'),
    events: await eventsInLogOrder(db),
  };
}

async function countOf(db: Knex, type: string): Promise<number> {
  const [row] = await db('tidings.messages').where({ type }).count({ count: '*' });
  return Number(row?.['count'] ?? 0);
}

async function purchaseCounts(db: Knex): Promise<readonly PurchaseCount[]> {
  const types = [PurchaseRequested, PurchaseCancelled, BatchAdded].map(({ type }) => type);
  const rows: (Omit<PurchaseCount, 'count'> & { readonly count: string })[] = await db(
    'tidings.messages',
  )
    .select('type', 'partitionkey as sku', db.raw('count(*) as count'))
    .whereIn('type', types)
    .groupBy('type', 'partitionkey');
  return rows.map((row) => ({ ...row, count: Number(row.count) }));
}

/** Positions are kept as runs: a message is in the one with the greatest first position up to its own. */
async function eventsInLogOrder(db: Knex): Promise<WhatHappened['events']> {
  return db
    .select('message.id', 'message.type')
    .from(
      db.raw(
        `(select first_position, first_seq,
            lead(first_position, 1, (select next_position from tidings.log_head))
              over (order by first_position) as end_position
          from tidings.log_runs) as run`,
      ),
    )
    .join('tidings.messages as message', (on) =>
      on
        .on('message.seq', '>=', 'run.first_seq')
        .on('message.seq', '<', db.raw('run.first_seq + run.end_position - run.first_position')),
    )
    .whereIn(
      'message.type',
      allocationHistory.definitions.map(({ type }) => type),
    )
    .orderByRaw('run.first_position + message.seq - run.first_seq');
}
