import type { MessageDefinition } from '@tidings/domain';

import { validate } from '../envelope/validate.ts';
import { InvalidResultError } from '../errors/message-errors.ts';
import type { AnyCommandDefinition } from '../handlers/command-handler.ts';
import type { FeaturePart, Feature, KnownPart } from '../handlers/feature.ts';
import {
  defaultRetryPolicy,
  retryHorizon,
  retryPolicyFaults,
  type RetryPolicy,
} from '../retry/retry-policy.ts';
import type { DependencyResolver, Requirement, ResolutionPlan } from './resolver.ts';

/** Name of the one queue of a service's commands, and of its record in the inbox. */
export const COMMANDS = 'commands';

/** A handler made ready to run. */
export interface RunnableHandler {
  readonly kind: 'command' | 'subscription';
  /** The command's type, or the subscription's name. */
  readonly name: string;
  /** For error messages. */
  readonly title: string;
  readonly run: (data: never, dependencies: never, context: never) => unknown;
  readonly resolve: ResolutionPlan;
  readonly retry: RetryPolicy;
  readonly timeoutMs: number;
  readonly onPoison: 'park' | 'block';
  /** Applies the command's result schema; rejects or throws where the result does not fit. */
  readonly checkResult?: (result: unknown) => unknown;
}

export interface RunnableCommandHandler extends RunnableHandler {
  readonly kind: 'command';
  readonly definition: AnyCommandDefinition;
}

export interface RunnableSubscription extends RunnableHandler {
  readonly kind: 'subscription';
  readonly types: readonly string[];
  readonly concurrency: number;
}

const DEFAULT_TIMEOUT_MS = 60_000;
const DEFAULT_CONCURRENCY = 8;
const NAME = /^[a-z][a-z0-9]*(?:[._-][a-z0-9]+)*$/i;

/** Everything an application can handle, by name. */
export class Registry {
  readonly definitions: Map<string, MessageDefinition> = new Map();
  readonly commands: Map<string, RunnableCommandHandler> = new Map();
  readonly subscriptions: Map<string, RunnableSubscription> = new Map();
  readonly requirements: Requirement[] = [];
  readonly faults: string[] = [];

  constructor(features: readonly Feature[], resolver: DependencyResolver) {
    const names = new Set<string>();
    for (const { name, parts } of features) {
      if (names.has(name)) this.faults.push(`there are two features "${name}"`);
      names.add(name);
      for (const part of parts) this.#add(part, resolver);
    }
  }

  /** The longest time, in milliseconds, that any delivery can wait for its attempts. */
  get retryHorizonMs(): number {
    const handlers = [...this.commands.values(), ...this.subscriptions.values()];
    return Math.max(0, ...handlers.map(({ retry }) => retryHorizon(retry)));
  }

  #add(unknownPart: FeaturePart, resolver: DependencyResolver): void {
    const part = unknownPart as KnownPart;
    const title =
      part.kind === 'command-handler'
        ? `the handler of ${part.definition.type}`
        : `the subscription "${part.subscriptionName}"`;
    const { timeoutMs = DEFAULT_TIMEOUT_MS, retry = defaultRetryPolicy } = part.options;
    const common = {
      title,
      run: part as never,
      resolve: resolver.plan(part.dependencies),
      retry,
      timeoutMs,
    };
    this.requirements.push({ owner: title, dependencies: part.dependencies });
    const faults = [...retryPolicyFaults(retry), ...timeoutFaults(timeoutMs)];
    if (part.kind === 'command-handler') {
      const { definition } = part;
      this.#define(definition);
      if (this.commands.has(definition.type)) {
        faults.push('there is another one; a command has exactly one handler');
      }
      this.commands.set(definition.type, {
        ...common,
        kind: 'command',
        name: definition.type,
        definition,
        onPoison: 'park',
        ...(definition.result === undefined ? {} : { checkResult: resultCheck(definition) }),
      });
    } else {
      const { subscriptionName: name, definitions, options } = part;
      for (const definition of definitions) this.#define(definition);
      const { concurrency = DEFAULT_CONCURRENCY, onPoison = 'park' } = options;
      if (this.subscriptions.has(name))
        faults.push('there is another one; names of subscriptions are unique');
      if (!NAME.test(name) || name.length > 100 || name === COMMANDS) {
        faults.push(
          `its name must be letters and digits, parted by single dots, hyphens or underscores, at most 100, and not "${COMMANDS}"`,
        );
      }
      if (definitions.length === 0) faults.push('it is for no event');
      if (!Number.isSafeInteger(concurrency) || concurrency < 1) {
        faults.push('its concurrency must be a whole number from 1');
      }
      this.subscriptions.set(name, {
        ...common,
        kind: 'subscription',
        name,
        types: definitions.map(({ type }) => type),
        concurrency,
        onPoison,
      });
    }
    this.faults.push(...faults.map((fault) => `${title}: ${fault}`));
  }

  #define(definition: MessageDefinition): void {
    const known = this.definitions.get(definition.type);
    if (known === undefined) this.definitions.set(definition.type, definition);
    else if (known !== definition) {
      this.faults.push(
        `the message type "${definition.type}" is defined twice; define it once and import it`,
      );
    }
  }
}

function resultCheck({ type, result }: AnyCommandDefinition): (value: unknown) => unknown {
  if (result === undefined) return (value) => value;
  return (value) => validate(result, value, (faults) => new InvalidResultError(type, faults));
}

function timeoutFaults(timeoutMs: number): readonly string[] {
  return timeoutMs > 0 && Number.isFinite(timeoutMs)
    ? []
    : ['its timeoutMs must be milliseconds above 0'];
}
