import type { App, Clock, Logger, ProjectionOptions, RelayOptions } from '@tidings/core';
import { bootstrap, identifier, tidings } from '@tidings/inversify';
import { Container, type ContainerModule } from 'inversify';

import { Notifications } from './allocation/ports.ts';
import { features } from './features.ts';
import type { RestockingOptions } from './restocking/feature.ts';

export interface CompositionParts {
  /** The adapters: a store, a transport, and the app's own repositories and read model on that store. */
  readonly adapters: readonly ContainerModule[];
  readonly notifications: Notifications;
  readonly restocking: RestockingOptions;
  readonly logger: Logger;
  readonly relay?: RelayOptions;
  readonly projections?: ProjectionOptions;
  readonly clock?: Clock;
}

/**
 * Composes the application of the given modules. Swapping adapters is swapping modules.
 *
 * @throws CompositionError with everything that is missing
 */
export function composeWarehouse({
  adapters,
  notifications,
  restocking,
  ...options
}: CompositionParts): App {
  const container = new Container();
  container.load(
    tidings({
      service: 'warehouse',
      features: features(restocking),
      ...options,
    }),
    ...adapters,
  );
  container.bind(identifier(Notifications)).toConstantValue(notifications);
  return bootstrap(container);
}
