import { CurrentUnitOfWork } from '../handlers/context.ts';
import type { AnyToken, Dependencies } from '../handlers/token.ts';
import type { UnitOfWork } from '../ports/unit-of-work.ts';
import type { Binding } from './binding.ts';

/** What the values of one message are resolved with. */
export interface MessageScope {
  readonly unit: UnitOfWork;
}

/** Resolves dependencies of one handler for one message, synchronously and all at once. */
export type ResolutionPlan = (scope: MessageScope) => Readonly<Record<string, unknown>>;

/** Who needs which dependencies. */
export interface Requirement {
  /** For error messages, for example `the handler of allocation.Allocate`. */
  readonly owner: string;
  readonly dependencies: Dependencies;
}

/** Makes the values of tokens. A dependency injection container can take the place of the built-in one. */
export interface DependencyResolver {
  /** Every reason why one of the requirements cannot be met, each a sentence; none when all can. */
  faults(requirements: readonly Requirement[]): readonly string[];
  /** Prepares the resolution of one handler's dependencies. */
  plan(dependencies: Dependencies): ResolutionPlan;
}

const NOTHING: Readonly<Record<string, unknown>> = Object.freeze({});

/** The resolver of applications without a container: tokens are made by their bindings. */
export class BindingResolver implements DependencyResolver {
  readonly #bindings = new Map<symbol, Binding>();
  readonly #duplicates: AnyToken[] = [];
  readonly #applicationValues = new Map<symbol, unknown>();

  constructor(bindings: readonly Binding[]) {
    for (const binding of bindings) {
      if (this.#bindings.has(binding.token.key)) this.#duplicates.push(binding.token);
      this.#bindings.set(binding.token.key, binding);
    }
  }

  faults(requirements: readonly Requirement[]): readonly string[] {
    const faults = this.#duplicates.map(
      ({ name }) =>
        `"${name}" is bound more than once; bind each token once, with a name of its own`,
    );
    const checked = new Set<symbol>();
    for (const { owner, dependencies } of requirements) {
      for (const token of Object.values(dependencies)) {
        faults.push(...this.#faultsOf(token, owner, [], checked));
      }
    }
    return faults;
  }

  plan(dependencies: Dependencies): ResolutionPlan {
    const entries = Object.entries(dependencies);
    if (entries.length === 0) return () => NOTHING;
    return (scope) => {
      const values = new Map<symbol, unknown>();
      const resolved: Record<string, unknown> = {};
      for (const [name, token] of entries) resolved[name] = this.#resolve(token, scope, values);
      return resolved;
    };
  }

  #resolve(token: AnyToken, scope: MessageScope, values: Map<symbol, unknown>): unknown {
    if (token.key === CurrentUnitOfWork.key) return scope.unit;
    const binding = this.#bindings.get(token.key);
    if (binding === undefined) throw new TypeError(`"${token.name}" is not bound`);
    const cache = binding.scope === 'application' ? this.#applicationValues : values;
    if (cache.has(token.key)) return cache.get(token.key);
    const dependencies: Record<string, unknown> = {};
    for (const [name, needed] of Object.entries(binding.dependencies)) {
      dependencies[name] = this.#resolve(needed, scope, values);
    }
    const value = binding.create(dependencies as never);
    cache.set(token.key, value);
    return value;
  }

  #faultsOf(
    token: AnyToken,
    owner: string,
    path: readonly Binding[],
    checked: Set<symbol>,
  ): readonly string[] {
    const user = path.at(-1);
    const binding = this.#bindings.get(token.key);
    const isUnit = token.key === CurrentUnitOfWork.key;
    const needer = user === undefined ? owner : `"${user.token.name}", for ${owner},`;
    if (user?.scope === 'application' && (isUnit || binding?.scope === 'message')) {
      return [
        `"${user.token.name}" lives as long as the application and cannot depend on "${token.name}", which is made anew for every message`,
      ];
    }
    if (isUnit) return [];
    if (binding === undefined) return [`"${token.name}" is not bound; ${needer} needs it`];
    if (path.includes(binding)) {
      return [
        `"${token.name}" depends on itself, through ${path.map(({ token: { name } }) => `"${name}"`).join(' and ')}`,
      ];
    }
    if (checked.has(token.key)) return [];
    const faults = Object.values(binding.dependencies).flatMap((needed) =>
      this.#faultsOf(needed, owner, [...path, binding], checked),
    );
    checked.add(token.key);
    return faults;
  }
}
