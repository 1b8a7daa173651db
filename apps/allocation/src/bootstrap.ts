import type { App, Logger } from '@tidings/core';
import { bootstrap, identifier, tidings } from '@tidings/inversify';
import { inMemoryTransport } from '@tidings/inversify/in-memory';
import { knexPersistence } from '@tidings/inversify/persistence-knex';
import { KnexTransaction, KnexUnit } from '@tidings/persistence-knex';
import { Container, ContainerModule } from 'inversify';
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
const LEASE_MS = { exclusive: 1000, shared: 2000 } as const;

/**
 * Opens the database, composes the application and starts it. The only place that knows adapters.
 *
 * @throws StartError when the database cannot be used
 */
export async function openWarehouse(settings: Settings, logger: Logger): Promise<OpenWarehouse> {
  const storage = await openStorage(settings);
  const mail = openNotifications(settings, logger);
  const { db } = storage;
  const container = new Container();
  container.load(
    tidings({
      service: 'warehouse',
      features: [allocation],
      logger,
      relay: { leaseMs: storage.isExclusive ? LEASE_MS.exclusive : LEASE_MS.shared },
    }),
    knexPersistence(db),
    inMemoryTransport(),
    warehouse(mail.notifications),
  );
  const app = bootstrap(container);
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

/** What the handlers depend on. */
function warehouse(notifications: Notifications): ContainerModule {
  return new ContainerModule(({ bind }) => {
    bind(identifier(Products))
      .toResolvedValue((unit) => new KnexProducts(unit), [identifier(KnexUnit)])
      .inRequestScope();
    bind(identifier(AllocationsView)).toResolvedValue(
      (trx) => new KnexAllocationsView(trx),
      [identifier(KnexTransaction)],
    );
    bind(identifier(AllocationHistory)).toResolvedValue(
      (trx) => new KnexAllocationHistory(trx),
      [identifier(KnexTransaction)],
    );
    bind(identifier(Notifications)).toConstantValue(notifications);
  });
}
