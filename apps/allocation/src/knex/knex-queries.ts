import type { Knex } from 'knex';

import type { HistoryEntry } from '../allocation/allocation-history.ts';
import type { AllocationQueries } from '../allocation/allocation-queries.ts';
import type { WaitingProduct } from '../allocation/ports.ts';
import { waitingProducts } from './knex-waiting-lines.ts';

const HISTORY_LIMIT = 1000;

/** What the read model's tables answer. */
export class KnexQueries implements AllocationQueries {
  readonly #db: Knex;

  constructor(db: Knex) {
    this.#db = db;
  }

  async ofOrder(orderid: string): Promise<readonly { sku: string; batchref: string }[]> {
    return this.#db('allocations_view')
      .select('sku', 'batchref')
      .where({ orderid })
      .orderBy(['sku', 'qty']);
  }

  async historyOf(sku: string): Promise<readonly HistoryEntry[]> {
    return this.#db('allocation_history')
      .select({ messageId: 'message_id' }, 'event', 'sku', 'orderid', 'qty', 'batchref')
      .where({ sku })
      .orderBy('position')
      .limit(HISTORY_LIMIT);
  }

  waiting(): Promise<readonly WaitingProduct[]> {
    return waitingProducts(this.#db);
  }
}
