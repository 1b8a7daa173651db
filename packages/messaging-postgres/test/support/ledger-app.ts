import {
  createUncheckedApp,
  feature,
  on,
  type Adapter,
  type App,
  type Logger,
} from '@tidings/core';
import { event } from '@tidings/domain';
import { createKnex, knexPersistence, KnexUnit } from '@tidings/persistence-knex';
import type { Knex } from 'knex';
import { z } from 'zod';

import { postgresMessaging } from '../../src/index.ts';

export const Entered = event('ledger.Entered', z.object({ key: z.string(), n: z.int() }), {
  partitionKey: ({ key }) => key,
});

export interface LedgerApp {
  readonly app: App;
  readonly db: Knex;
}

/** An application whose handler enters every event into a table, with who did it; not started. */
export function ledgerApp(
  url: string,
  by: string,
  logger: Logger,
  transportOn: (db: Knex) => Adapter = (db) => postgresMessaging(db, { leaseMs: 1000 }),
): LedgerApp {
  // A process that is stopped in the middle of a transaction keeps its key for so long.
  const db = createKnex({ url, poolSize: 5, idleInTransactionTimeoutMs: 2000 });
  const entered = on(
    Entered,
    'ledger',
    { unit: KnexUnit },
    async ({ key, n }, { unit }) => {
      await unit.run({
        text: 'insert into ledger (key, n, by) values ($1, $2, $3)',
        values: [key, n, by],
      });
    },
    { concurrency: 4 },
  );
  const app = createUncheckedApp({
    service: 'ledger',
    features: [feature('ledger', [entered])],
    adapters: [knexPersistence(db), transportOn(db)],
    logger,
  });
  return { app, db };
}
