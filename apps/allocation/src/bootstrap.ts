import { bind, createApp, type App, type Logger } from '@tidings/core';
import { inMemoryTransport } from '@tidings/in-memory';
import { knexPersistence, KnexTransaction, KnexUnit } from '@tidings/persistence-knex';
import type { Knex } from 'knex';

import { AllocationHistory } from './allocation/allocation-history.ts';
import type { AllocationQueries } from './allocation/allocation-queries.ts';
import { AllocationsView } from './allocation/allocations-view.ts';
import { allocation } from './allocation/feature.ts';
import { Notifications, Products } from './allocation/ports.ts';
import { KnexAllocationHistory } from './knex/knex-allocation-history.ts';
import { KnexAllocationsView } from './knex/knex-allocations-view.ts';
import { KnexProducts } from './knex/knex-products.ts';
import { KnexQueries } from './knex/knex-queries.ts';
import { openNotifications } from './mail/open-notifications.ts';
import type { Settings } from './settings/settings.ts';
import { openStorage } from './storage.ts';

/** The service, running. Disposing of it stops it in order. */
export interface OpenWarehouse extends AsyncDisposable {
  readonly app: App;
  readonly queries: AllocationQueries;
  readonly db: Knex;
  /** Where the data are, for people. */
  readonly storage: string;
  /** Where mails go, for people. */
  readonly mail: string;
}

/**
 * How long the relay of a process that died is waited for. Where nobody else can use the data there is no
 * other relay, and the time is only to be longer than a renewal may be late.
 */
const LEASE_MS = { exclusive: 1000, shared: 3000 } as const;

/**
 * Opens the database, composes the application and starts it. The only place that knows adapters.
 *
 * @throws StartError when the database cannot be used
 */
export async function openWarehouse(settings: Settings, logger: Logger): Promise<OpenWarehouse> {
  const storage = await openStorage(settings);
  const mail = openNotifications(settings, logger);
  const { db } = storage;
  const app = createApp({
    service: 'warehouse',
    features: [allocation],
    adapters: [knexPersistence(db), inMemoryTransport()],
    provide: [
      bind(Products, { unit: KnexUnit }, ({ unit }) => new KnexProducts(unit)),
      bind(AllocationsView, { trx: KnexTransaction }, ({ trx }) => new KnexAllocationsView(trx)),
      bind(
        AllocationHistory,
        { trx: KnexTransaction },
        ({ trx }) => new KnexAllocationHistory(trx),
      ),
      bind(Notifications, {}, () => mail.notifications, 'application'),
    ],
    logger,
    relay: { leaseMs: storage.isExclusive ? LEASE_MS.exclusive : LEASE_MS.shared },
  });
  const close = async (): Promise<void> => {
    await app.stop();
    mail.close();
    await storage.close();
  };
  try {
    await app.start();
  } catch (error) {
    await close();
    throw error;
  }
  return {
    app,
    queries: new KnexQueries(db),
    db,
    storage: storage.description,
    mail: mail.description,
    [Symbol.asyncDispose]: close,
  };
}
