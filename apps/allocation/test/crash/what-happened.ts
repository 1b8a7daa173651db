import type { Knex } from 'knex';

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
    .where('message.kind', 'event')
    .orderByRaw('run.first_position + message.seq - run.first_seq');
}
