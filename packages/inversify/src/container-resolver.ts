import {
  CurrentUnitOfWork,
  type Dependencies,
  type DependencyResolver,
  type Requirement,
  type ResolutionPlan,
  type UnitOfWork,
} from '@tidings/core';
import type { Container, ServiceIdentifier } from 'inversify';

const NOTHING: Readonly<Record<string, unknown>> = Object.freeze({});
/** Ends a resolution that was only to be planned, before anything is made. */
const PLANNED = new Error('planned');

/**
 * Resolves the dependencies of handlers in a container. One message is one `container.get`, so that
 * its unit of work and everything made with it share one request scope, and the next message has
 * another. There is no child container: a `get` is synchronous, so the unit of work is handed to it
 * in a field that is set for just as long.
 */
export class ContainerResolver implements DependencyResolver {
  readonly #container: Container;
  readonly #probe: ServiceIdentifier = Symbol('@tidings/inversify/probe');
  #unit: UnitOfWork | undefined;
  #isPlanning = false;

  constructor(container: Container) {
    this.#container = container;
    container
      .bind(CurrentUnitOfWork.key)
      .toDynamicValue(() => this.#currentUnit())
      .inRequestScope();
    container.bind(this.#probe).toDynamicValue(() => {
      if (this.#isPlanning) throw PLANNED;
      return undefined;
    });
  }

  faults(requirements: readonly Requirement[]): readonly string[] {
    return requirements.flatMap(({ owner, dependencies }) =>
      Object.values(dependencies).flatMap((token) => {
        if (!this.#container.isBound(token.key)) {
          return [`"${token.name}" is not bound; ${owner} needs it`];
        }
        const why = this.#planningFault({ [token.name]: token });
        return why === undefined
          ? []
          : [`"${token.name}", for ${owner}, cannot be resolved: ${why}`];
      }),
    );
  }

  plan(dependencies: Dependencies): ResolutionPlan {
    const names = Object.keys(dependencies);
    if (names.length === 0) return () => NOTHING;
    const handler = this.#bindTogether(dependencies);
    return ({ unit }) => {
      const outer = this.#unit;
      this.#unit = unit;
      try {
        const values = this.#container.get<readonly unknown[]>(handler);
        return Object.fromEntries(names.map((name, index) => [name, values[index]]));
      } finally {
        this.#unit = outer;
      }
    };
  }

  /** One service that has all the dependencies, so that one request resolves them. */
  #bindTogether(dependencies: Dependencies): ServiceIdentifier<readonly unknown[]> {
    const handler: ServiceIdentifier<readonly unknown[]> = Symbol('@tidings/inversify/handler');
    const keys: ServiceIdentifier[] = Object.values(dependencies).map(({ key }) => key);
    this.#container
      .bind<readonly unknown[]>(handler)
      .toResolvedValue((_probe: unknown, ...values: unknown[]) => values, [this.#probe, ...keys]);
    return handler;
  }

  /** Why the container cannot resolve these; nothing is made to find that out. */
  #planningFault(dependencies: Dependencies): string | undefined {
    const handler = this.#bindTogether(dependencies);
    this.#isPlanning = true;
    try {
      this.#container.get(handler);
      return undefined;
    } catch (error) {
      return isPlanned(error) ? undefined : messageOf(error);
    } finally {
      this.#isPlanning = false;
      this.#container.unbind(handler);
    }
  }

  #currentUnit(): UnitOfWork {
    if (this.#unit !== undefined) return this.#unit;
    throw new TypeError(
      'There is no unit of work here: what depends on it is resolved for handlers, not asked for by container.get.',
    );
  }
}

function isPlanned(error: unknown): boolean {
  for (let current = error; current instanceof Error; current = current.cause) {
    if (current === PLANNED) return true;
  }
  return false;
}

function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split('\n')[0] ?? text;
}
