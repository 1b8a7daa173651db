import type { AppOptions } from '@tidings/core';
import { ContainerModule } from 'inversify';

import { Options } from './identifiers.ts';

/** What an application is made of; adapters and bindings come from the container's other modules. */
export type TidingsOptions = Omit<AppOptions, 'adapters' | 'provide' | 'resolver'>;

/**
 * The module with an application's features. Load it together with the modules of its adapters, in
 * any order, and call `bootstrap`.
 *
 * @example
 * container.load(tidings({ service: 'warehouse', features: [allocation] }), inMemory());
 */
export function tidings(options: TidingsOptions): ContainerModule {
  return new ContainerModule(({ bind }) => {
    bind(Options).toConstantValue(options);
  });
}
