import { systemClock, type App, type Clock } from '@tidings/core';
import { InMemoryStore } from '@tidings/in-memory';
import { inMemory } from '@tidings/inversify/in-memory';
import { CollectingLogger } from '@tidings/testing';

import type { AllocationQueries } from '../../src/allocation/allocation-queries.ts';
import { composeWarehouse } from '../../src/compose.ts';
import { warehouseInMemory } from '../../src/in-memory/in-memory-module.ts';
import { InMemoryQueries } from '../../src/in-memory/in-memory-queries.ts';
import { collectMails, type CollectedMail } from './collected-mails.ts';

export interface InMemoryWarehouse extends AsyncDisposable {
  readonly app: App;
  readonly queries: AllocationQueries;
  readonly mails: readonly CollectedMail[];
}

/** The whole application on fakes: nothing but the adapters differs from the real one. */
export async function inMemoryWarehouse(clock: Clock = systemClock): Promise<InMemoryWarehouse> {
  const store = new InMemoryStore(clock);
  const { mails, notifications } = collectMails();
  const app = composeWarehouse({
    adapters: [inMemory({ store }), warehouseInMemory()],
    notifications,
    restocking: { reminderAfterMs: 172_800_000, timeZone: 'Europe/Berlin' },
    logger: new CollectingLogger(),
    clock,
  });
  await app.start();
  return {
    app,
    queries: new InMemoryQueries(store),
    mails,
    [Symbol.asyncDispose]: () => app.stop(),
  };
}
