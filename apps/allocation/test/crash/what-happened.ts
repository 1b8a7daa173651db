import type { Knex } from 'knex';

interface AllocationRow {
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

interface BatchRow {
  readonly reference: string;
  readonly sku: string;
  readonly purchased_quantity: number;
}

/** Everything the database says about what happened. */
export interface WhatHappened {
  readonly batches: readonly BatchRow[];
  /** Where lines are, by the tables of the products. */
  readonly allocations: readonly AllocationRow[];
  /** Where lines are, by the read model. */
  readonly view: readonly AllocationRow[];
  readonly history: readonly HistoryRow[];
  /** The events of the log, in log order. */
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
    history: await db('allocation_history').select('*').orderBy('position'),
    events: await eventsInLogOrder(db),
  };
}

/** Positions are kept in batches: the nth number of a batch has the batch's first position plus n - 1. */
async function eventsInLogOrder(db: Knex): Promise<WhatHappened['events']> {
  return db
    .select('message.id', 'message.type')
    .from(
      db.raw(
        'tidings.log_batches as batch cross join unnest(batch.seqs) with ordinality as place(seq, nth)',
      ),
    )
    .join('tidings.messages as message', 'message.seq', 'place.seq')
    .where('message.kind', 'event')
    .orderByRaw('batch.first_position + place.nth');
}
