import { CurrentUnitOfWork, type AnyToken, type Requirement } from '@tidings/core';
import { Container, type ServiceIdentifier } from 'inversify';

import { inspectPlans, walkPlan, type PlannedService, type Step } from './plan-inspector.ts';
import { nameFromText, serviceFromText, serviceName } from './service-name.ts';

/**
 * Every reason why a container cannot give handlers what they need: what is not bound, at any depth,
 * bound twice, bound in a circle, made asynchronously, or would keep a unit of work beyond its
 * message. It goes by Inversify's plans: nothing is made to find out, and nothing stays behind.
 */
export function dependencyFaults(
  container: Container,
  requirements: readonly Requirement[],
): readonly string[] {
  const check = new DependencyCheck(container);
  const faults = requirements.flatMap(({ owner, dependencies }) =>
    Object.values(dependencies).flatMap((token) => check.faultsOf(token, owner)),
  );
  return [...new Set(faults)];
}

class DependencyCheck {
  readonly #container: Container;
  /** A child, so that the plans and the stand-ins are none of the container's business. */
  readonly #scratch: Container;
  /** Comes first in every plan, and ends its resolution before anything is made. */
  readonly #stop: ServiceIdentifier = Symbol('@tidings/inversify/stop');
  readonly #stopped = new Error('planned, and not to be resolved');
  #plan: PlannedService | undefined;

  constructor(container: Container) {
    this.#container = container;
    this.#scratch = new Container({ parent: container });
    inspectPlans(this.#scratch, (plan) => {
      this.#plan = plan;
    });
    this.#scratch.bind(this.#stop).toDynamicValue(() => {
      throw this.#stopped;
    });
  }

  faultsOf(token: AnyToken, owner: string): readonly string[] {
    if (!this.#container.isBound(token.key)) {
      return [`"${token.name}" is not bound; ${owner} needs it`];
    }
    const faults: string[] = [];
    const standIns = new Set<ServiceIdentifier>();
    for (;;) {
      const failure = this.#planningFailure(token.key);
      if (failure === undefined) return [...faults, ...this.#scopeFaults()];
      const missing = /^No bindings found for service: "(.*)"/.exec(failure)?.[1];
      if (missing === undefined) return [...faults, describe(failure, token.name, owner)];
      const user = nameFromText(/resolve bindings for "(.*)"/.exec(failure)?.[1] ?? token.name);
      faults.push(`"${nameFromText(missing)}" is not bound; "${user}", for ${owner}, needs it`);
      // Inversify ends at the first that is missing: with a stand-in it goes on to the next.
      const service = serviceFromText(missing);
      if (standIns.has(service)) return faults.slice(0, -1);
      standIns.add(service);
      this.#scratch.bind(service).toConstantValue(undefined);
    }
  }

  #planningFailure(service: symbol): string | undefined {
    const root: ServiceIdentifier = Symbol('@tidings/inversify/root');
    this.#plan = undefined;
    this.#scratch
      .bind(root)
      .toResolvedValue((...values: unknown[]) => values, [this.#stop, service])
      .inTransientScope();
    try {
      this.#scratch.get(root);
      return undefined;
    } catch (error) {
      if (error === this.#stopped) return undefined;
      return error instanceof Error ? error.message : String(error);
    }
  }

  #scopeFaults(): readonly string[] {
    const faults: string[] = [];
    if (this.#plan === undefined) return faults;
    walkPlan(this.#plan, (path) => {
      const last = path.at(-1);
      if (last?.isAsync === true) faults.push(asyncFault(serviceName(last.service)));
      if (last?.service === CurrentUnitOfWork.key) faults.push(...keepingFaults(path));
    });
    return faults;
  }
}

function keepingFaults(path: readonly Step[]): readonly string[] {
  const index = path.findIndex(({ isSingleton }) => isSingleton);
  const [keeper, kept] = [path[index], path[index + 1]];
  if (keeper === undefined || kept === undefined) return [];
  return [
    `"${serviceName(keeper.service)}" is a singleton and cannot depend on "${serviceName(kept.service)}", which belongs to one message; bind it in request scope`,
  ];
}

/** What to do about a value that is not there when the handler is to run. */
export function asyncFault(name: string): string {
  return `"${name}" is made asynchronously, but what handlers depend on has to be there when they run; make it before, and bind it with toConstantValue`;
}

function describe(failure: string, name: string, owner: string): string {
  const ambiguous = /^Ambiguous bindings found for service: "(.*)"/.exec(failure)?.[1];
  if (ambiguous !== undefined) {
    return `"${nameFromText(ambiguous)}" is bound more than once; bind it once`;
  }
  const circle = /^Circular dependency found: (.*)/.exec(failure)?.[1];
  const why =
    circle === undefined
      ? (failure.split('\n')[0] ?? failure)
      : `it depends on itself, ${circleText(circle)}`;
  return `"${name}", for ${owner}, cannot be resolved: ${why}`;
}

function circleText(circle: string): string {
  const names = circle.split(' -> ').map(nameFromText);
  return names
    .filter((name) => !name.startsWith('@tidings/inversify/'))
    .map((name) => `"${name}"`)
    .join(' → ');
}
