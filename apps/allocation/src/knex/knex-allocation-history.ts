import type { Knex } from 'knex';

import type { AllocationHistory, HistoryEntry } from '../allocation/allocation-history.ts';

/** The history in its table, as one unit of work writes it. */
export class KnexAllocationHistory implements AllocationHistory {
  readonly #db: Knex;

  /** @param db the transaction of the unit */
  constructor(db: Knex) {
    this.#db = db;
  }

  async append({ messageId, ...entry }: HistoryEntry): Promise<void> {
    await this.#db('allocation_history').insert({ message_id: messageId, ...entry });
  }
}
