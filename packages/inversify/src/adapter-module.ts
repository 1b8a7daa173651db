import type { Adapter, Binding } from '@tidings/core';
import { ContainerModule, type ServiceIdentifier } from 'inversify';

import { Adapters } from './identifiers.ts';

/** The module of any adapter: use it for adapters of your own. */
export function adapterModule(adapter: Adapter): ContainerModule {
  return new ContainerModule(({ bind }) => {
    bind(Adapters).toConstantValue(adapter);
    for (const binding of adapter.bindings ?? []) {
      const value = bind(binding.token.key).toResolvedValue(
        (...values: unknown[]) => binding.create(named(binding, values) as never),
        identifiersOf(binding),
      );
      if (binding.scope === 'application') value.inSingletonScope();
      else value.inRequestScope();
    }
  });
}

function identifiersOf({ dependencies }: Binding): ServiceIdentifier[] {
  return Object.values(dependencies).map(({ key }) => key);
}

function named({ dependencies }: Binding, values: readonly unknown[]): Record<string, unknown> {
  return Object.fromEntries(Object.keys(dependencies).map((name, index) => [name, values[index]]));
}
