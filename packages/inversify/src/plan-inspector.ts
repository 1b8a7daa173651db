import type { Container, ServiceIdentifier } from 'inversify';

/** What is read of Inversify's plans, as its plugins get them: the services, and how they are bound. */
export interface PlannedService {
  readonly serviceIdentifier: ServiceIdentifier;
  readonly bindings: PlannedBinding | readonly PlannedBinding[] | undefined;
}

interface PlannedBinding {
  readonly binding: {
    readonly scope?: string;
    /** Of a resolved value. */
    readonly factory?: unknown;
    /** Of a dynamic value. */
    readonly value?: unknown;
    /** What a singleton is, once it was made. */
    readonly cache?: { readonly isRight: boolean; readonly value?: unknown };
  };
  readonly params?: readonly PlannedService[];
  readonly constructorParams?: readonly (PlannedService | undefined)[];
  readonly propertyParams?: ReadonlyMap<unknown, PlannedService>;
  readonly redirection?: PlannedService;
}

interface PluginApi {
  onPlan(planned: (options: unknown, result: PlanResult) => void): void;
}

interface PlanResult {
  readonly tree: { readonly root: PlannedService };
}

/** Calls `planned` with every plan that the container makes, before it is carried out. */
export function inspectPlans(container: Container, planned: (root: PlannedService) => void): void {
  class PlanInspector {
    constructor() {
      // The brand of Inversify's Plugin class, which has no other content.
      Object.defineProperty(this, Symbol.for('@inversifyjs/plugin/isPlugin'), { value: true });
    }

    load(api: PluginApi): void {
      api.onPlan((_options, { tree }) => planned(tree.root));
    }
  }
  container.register(PlanInspector);
}

/** One way through a plan, from a service that was asked for to one that it needs. */
export interface Step {
  readonly service: ServiceIdentifier;
  readonly isSingleton: boolean;
  readonly isAsync: boolean;
}

/** Calls `visit` with the way to each service of the plan; for what is shared, with one way of each kind. */
export function walkPlan(root: PlannedService, visit: (path: readonly Step[]) => void): void {
  const seen = new Map<PlannedBinding, Set<boolean>>();
  const walk = (service: PlannedService, path: readonly Step[]): void => {
    const belowSingleton = path.some(({ isSingleton }) => isSingleton);
    for (const node of listOf(service.bindings)) {
      const ways = seen.get(node) ?? new Set();
      if (ways.has(belowSingleton)) continue;
      seen.set(node, ways.add(belowSingleton));
      const here = [...path, stepOf(service.serviceIdentifier, node)];
      visit(here);
      for (const needed of neededBy(node)) walk(needed, here);
    }
  };
  walk(root, []);
}

function stepOf(service: ServiceIdentifier, { binding }: PlannedBinding): Step {
  const make = binding.factory ?? binding.value;
  const isMade = binding.cache?.isRight === true && !(binding.cache.value instanceof Promise);
  return {
    service,
    isSingleton: binding.scope === 'Singleton',
    isAsync: !isMade && Object.prototype.toString.call(make) === '[object AsyncFunction]',
  };
}

function neededBy(node: PlannedBinding): readonly PlannedService[] {
  return [
    ...(node.params ?? []),
    ...(node.constructorParams ?? []),
    ...(node.propertyParams?.values() ?? []),
    node.redirection,
  ].filter((service) => service !== undefined);
}

function listOf(
  bindings: PlannedBinding | readonly PlannedBinding[] | undefined,
): readonly PlannedBinding[] {
  if (bindings === undefined) return [];
  return isList(bindings) ? bindings : [bindings];
}

function isList<T>(value: T | readonly T[]): value is readonly T[] {
  return Array.isArray(value);
}
