import type { App, Logger } from '@tidings/core';
import { knexPersistence } from '@tidings/inversify/persistence-knex';
import type { Knex } from 'knex';

import type { AllocationQueries } from './allocation/allocation-queries.ts';
import { composeWarehouse } from './compose.ts';
import { warehouseTables } from './knex/knex-module.ts';
import { KnexQueries } from './knex/knex-queries.ts';
import { openNotifications, type OpenNotifications } from './mail/open-notifications.ts';
import type { Settings } from './settings/settings.ts';
import { openStorage } from './storage.ts';
import { chooseTransport, startErrorOf } from './transport.ts';

/** The service, running. Disposing of it stops it in order. */
export interface OpenWarehouse extends AsyncDisposable {
  readonly app: App;
  readonly queries: AllocationQueries;
  readonly db: Knex;
  /** Where the data are, for people. */
  readonly storage: string;
  /** How messages get to their handlers, for people. */
  readonly transport: string;
  /** Where mails go, for people. */
  readonly mail: string;
}

/**
 * How long a process that died is waited for, which may have been relaying or consuming. Where nobody else
 * can use the data there is no other, and the time is only to be longer than a renewal may be late.
 */
const LEASE_MS = { exclusive: 1000, shared: 2000 } as const;

/**
 * Opens the database, composes the application and starts it. The only place that knows adapters.
 *
 * @param mail default: as the settings say
 * @throws StartError when the database or the broker cannot be used
 */
export async function openWarehouse(
  settings: Settings,
  logger: Logger,
  mail: OpenNotifications = openNotifications(settings, logger),
): Promise<OpenWarehouse> {
  const storage = await openStorage(settings);
  const { db } = storage;
  const leaseMs = storage.isExclusive ? LEASE_MS.exclusive : LEASE_MS.shared;
  const transport = chooseTransport(settings, storage, leaseMs);
  const app = composeWarehouse({
    adapters: [knexPersistence(db), transport.module, warehouseTables()],
    notifications: mail.notifications,
    restocking: { reminderAfterMs: settings.restockReminderAfterMs, timeZone: settings.timeZone },
    logger,
    projections: { leaseMs },
    relay: { leaseMs },
  });
  const close = async (): Promise<void> => {
    await app.stop();
    mail.close();
    await storage.close();
  };
  try {
    await app.start({ relay: settings.relay, consume: settings.role !== 'api' });
  } catch (error) {
    await close();
    throw startErrorOf(error, settings);
  }
  return {
    app,
    queries: new KnexQueries(db),
    db,
    storage: storage.description,
    transport: transport.description,
    mail: mail.description,
    [Symbol.asyncDispose]: close,
  };
}
