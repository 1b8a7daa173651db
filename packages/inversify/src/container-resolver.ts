import {
  CompositionError,
  CurrentUnitOfWork,
  type Dependencies,
  type DependencyResolver,
  type Requirement,
  type ResolutionPlan,
  type UnitOfWork,
} from '@tidings/core';
import type { Bind, Container, ServiceIdentifier } from 'inversify';

import { asyncFault, dependencyFaults } from './dependency-check.ts';
import { NoUnitOfWorkError } from './no-unit-of-work.ts';

const NOTHING: Readonly<Record<string, unknown>> = Object.freeze({});

export interface ContainerResolverOptions {
  readonly service: string;
  readonly container: Container;
  /** Binds in that container. */
  readonly bind: Bind;
}

/**
 * Resolves the dependencies of handlers in a container. One message is one `container.get`, so that
 * its unit of work and everything made with it share one request scope, and the next message has
 * another. There is no child container: a `get` is synchronous, so the unit of work is handed to it
 * in a field that is set for just as long.
 */
export class ContainerResolver implements DependencyResolver {
  readonly #with: ContainerResolverOptions;
  #unit: UnitOfWork | undefined;

  constructor(options: ContainerResolverOptions) {
    this.#with = options;
    options
      .bind(CurrentUnitOfWork.key)
      .toDynamicValue(() => this.#currentUnit())
      .inRequestScope();
  }

  faults(requirements: readonly Requirement[]): readonly string[] {
    return dependencyFaults(this.#with.container, requirements);
  }

  plan(dependencies: Dependencies): ResolutionPlan {
    const names = Object.keys(dependencies);
    if (names.length === 0) return () => NOTHING;
    const together = this.#bindTogether(dependencies);
    return ({ unit }) => {
      const outer = this.#unit;
      this.#unit = unit;
      try {
        const values = this.#resolve(together, dependencies);
        const resolved: Record<string, unknown> = {};
        for (const [index, name] of names.entries()) resolved[name] = values[index];
        return resolved;
      } finally {
        this.#unit = outer;
      }
    };
  }

  /** One service that has all the dependencies, so that one request resolves them. */
  #bindTogether(dependencies: Dependencies): ServiceIdentifier<readonly unknown[]> {
    const together: ServiceIdentifier<readonly unknown[]> = Symbol('@tidings/inversify/handler');
    const keys: ServiceIdentifier[] = Object.values(dependencies).map(({ key }) => key);
    // The scope is said, because a container can have singletons as its default.
    this.#with
      .bind<readonly unknown[]>(together)
      .toResolvedValue((...values: unknown[]) => values, keys)
      .inTransientScope();
    return together;
  }

  #resolve(
    together: ServiceIdentifier<readonly unknown[]>,
    dependencies: Dependencies,
  ): readonly unknown[] {
    try {
      return this.#with.container.get(together);
    } catch (error) {
      if (!isAsyncError(error)) throw error;
      const names = Object.values(dependencies)
        .filter(({ key }) => this.#isAsync(key))
        .map(({ name }) => name);
      throw new CompositionError(this.#with.service, names.map(asyncFault));
    }
  }

  #isAsync(service: symbol): boolean {
    try {
      this.#with.container.get(service);
      return false;
    } catch (error) {
      return isAsyncError(error);
    }
  }

  #currentUnit(): UnitOfWork {
    if (this.#unit !== undefined) return this.#unit;
    throw new NoUnitOfWorkError();
  }
}

function isAsyncError(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('Unexpected asynchronous service');
}
