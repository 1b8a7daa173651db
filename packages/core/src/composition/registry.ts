import { TidingsError, type MessageDefinition } from '@tidings/domain';

import { validate } from '../envelope/validate.ts';
import { InvalidResultError } from '../errors/message-errors.ts';
import type { AnyCommandDefinition, CommandHandler } from '../handlers/command-handler.ts';
import type { FeaturePart, Feature, KnownPart } from '../handlers/feature.ts';
import type { Projection } from '../handlers/projection.ts';
import type { Schedule } from '../handlers/schedule.ts';
import type { Subscription } from '../handlers/subscription.ts';
import { processFaults } from '../processes/process-faults.ts';
import type { AnyProcessManager } from '../processes/process-manager.ts';
import { ProcessRunner, type ProcessEnvironment } from '../processes/process-runner.ts';
import {
  defaultRetryPolicy,
  retryHorizon,
  retryPolicyFaults,
  type RetryPolicy,
} from '../retry/retry-policy.ts';
import {
  runnableSchedule,
  scheduleFaults,
  type RunnableSchedule,
} from '../schedules/runnable-schedule.ts';
import type { DependencyResolver, Requirement, ResolutionPlan } from './resolver.ts';
import {
  projectionFaults,
  runnableProjection,
  type RunnableProjection,
} from './runnable-projection.ts';

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
  /** Refuses what it cannot take, before an attempt is made, with an `UndecodableMessageError`. */
  readonly admit?: (type: string, data: unknown) => void;
  /** Whether conflicts are tried again at once, and count for no retry of its policy. */
  readonly retriesConflicts?: boolean;
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
  readonly projections: Map<string, RunnableProjection> = new Map();
  readonly schedules: Map<string, RunnableSchedule> = new Map();
  readonly requirements: Requirement[] = [];
  readonly faults: string[] = [];

  readonly #resolver: DependencyResolver;
  readonly #environment: ProcessEnvironment;

  constructor(
    features: readonly Feature[],
    resolver: DependencyResolver,
    environment: ProcessEnvironment,
  ) {
    this.#resolver = resolver;
    this.#environment = environment;
    const names = new Set<string>();
    for (const { name, parts } of features) {
      if (names.has(name)) this.faults.push(`there are two features "${name}"`);
      names.add(name);
      for (const part of parts) this.#add(part);
    }
  }

  /** The longest time, in milliseconds, that any delivery can wait for its attempts. */
  get retryHorizonMs(): number {
    const handlers = [...this.commands.values(), ...this.subscriptions.values()];
    return Math.max(0, ...handlers.map(({ retry }) => retryHorizon(retry)));
  }

  #add(unknownPart: FeaturePart): void {
    const part = unknownPart as KnownPart;
    switch (part.kind) {
      case 'command-handler':
        return this.#addCommandHandler(part);
      case 'subscription':
        return this.#addSubscription(`the subscription "${part.subscriptionName}"`, part, {
          run: part as never,
          resolve: this.#resolver.plan(part.dependencies),
        });
      case 'process-manager':
        return this.#addProcess(part);
      case 'projection':
        return this.#addProjection(part);
      case 'schedule':
        return this.#addSchedule(part);
    }
  }

  #addCommandHandler(part: CommandHandler): void {
    const { definition } = part;
    const title = `the handler of ${definition.type}`;
    const { faults, ...common } = this.#commonOf(title, part);
    this.#define(definition);
    if (this.commands.has(definition.type)) {
      faults.push('there is another one; a command has exactly one handler');
    }
    this.commands.set(definition.type, {
      ...common,
      run: part as never,
      resolve: this.#resolver.plan(part.dependencies),
      kind: 'command',
      name: definition.type,
      definition,
      onPoison: 'park',
      ...(definition.result === undefined ? {} : { checkResult: resultCheck(definition) }),
    });
    this.#refuse(title, faults);
  }

  #addSubscription(
    title: string,
    part: Pick<Subscription, 'subscriptionName' | 'definitions' | 'dependencies' | 'options'>,
    runnable: Pick<RunnableHandler, 'run' | 'resolve' | 'admit' | 'retriesConflicts'>,
  ): void {
    const { subscriptionName: name, definitions, options } = part;
    const { faults, ...common } = this.#commonOf(title, part);
    for (const definition of definitions) this.#define(definition);
    const { concurrency = DEFAULT_CONCURRENCY, onPoison = 'park' } = options;
    faults.push(...this.#takenFaults(name), ...nameFaults(name));
    if (definitions.length === 0) faults.push('it is for no event');
    if (!Number.isSafeInteger(concurrency) || concurrency < 1) {
      faults.push('its concurrency must be a whole number from 1');
    }
    this.subscriptions.set(name, {
      ...common,
      ...runnable,
      kind: 'subscription',
      name,
      types: definitions.map(({ type }) => type),
      concurrency,
      onPoison,
    });
    this.#refuse(title, faults);
  }

  /** A process is a subscription to its events, and to the one that tells of its timeouts. */
  #addProcess(process: AnyProcessManager): void {
    const title = `the process "${process.subscriptionName}"`;
    const faults = [...nameFaults(process.subscriptionName), ...processFaults(process)];
    this.#refuse(title, faults);
    // What is faulty in itself cannot be run, and nothing more can be said of it.
    if (faults.length > 0 || !isName(this.#environment.service)) return;
    try {
      const { timeout, run, admit } = new ProcessRunner(process, this.#environment);
      const definitions = [...process.startedBy, ...(process.continuedBy ?? []), timeout];
      const options = { ...process, onPoison: process.onPoison ?? 'block' };
      this.#addSubscription(
        title,
        { ...process, definitions, options },
        { run, resolve: (scope) => ({ ...scope }), admit, retriesConflicts: true },
      );
    } catch (error) {
      if (!TidingsError.is(error, 'TIDINGS_INVALID_DEFINITION')) throw error;
      this.#refuse(title, [`the type of its timeouts cannot be: ${error.message}`]);
    }
  }

  #addProjection(part: Projection): void {
    const { projectionName: name, definitions, dependencies } = part;
    const title = `the projection "${name}"`;
    const { faults } = this.#commonOf(title, part);
    for (const definition of definitions) this.#define(definition);
    faults.push(...this.#takenFaults(name), ...nameFaults(name), ...projectionFaults(part));
    this.projections.set(name, runnableProjection(part, title, this.#resolver.plan(dependencies)));
    this.#refuse(title, faults);
  }

  /** Dead letters, and callers who wait, know subscriptions and projections by their names. */
  #takenFaults(name: string): readonly string[] {
    return this.subscriptions.has(name) || this.projections.has(name)
      ? ['there is another one; names of subscriptions and projections are unique']
      : [];
  }

  #commonOf(
    title: string,
    { dependencies, options }: Pick<CommandHandler, 'dependencies' | 'options'>,
  ): Pick<RunnableHandler, 'title' | 'retry' | 'timeoutMs'> & { readonly faults: string[] } {
    const { timeoutMs = DEFAULT_TIMEOUT_MS, retry = defaultRetryPolicy } = options;
    this.requirements.push({ owner: title, dependencies });
    const faults = [...retryPolicyFaults(retry), ...timeoutFaults(timeoutMs)];
    return { title, retry, timeoutMs, faults };
  }

  #refuse(title: string, faults: readonly string[]): void {
    this.faults.push(...faults.map((fault) => `${title}: ${fault}`));
  }

  #addSchedule(part: Schedule): void {
    const { scheduleName: name } = part;
    const faults = [...scheduleFaults(part)];
    if (this.schedules.has(name)) {
      faults.push('there is another one; names of schedules are unique');
    }
    if (!isName(name)) {
      faults.push(
        'its name must be letters and digits, parted by single dots, hyphens or underscores, at most 100',
      );
    }
    if (faults.length === 0) this.schedules.set(name, runnableSchedule(part));
    this.#refuse(`the schedule "${name}"`, faults);
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

/** Whether it can name a queue and be part of a message's type. */
function isName(name: string): boolean {
  return NAME.test(name) && name.length <= 100;
}

function nameFaults(subscription: string): readonly string[] {
  return isName(subscription) && subscription !== COMMANDS
    ? []
    : [
        `its name must be letters and digits, parted by single dots, hyphens or underscores, at most 100, and not "${COMMANDS}"`,
      ];
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
