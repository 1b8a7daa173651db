import { Registry } from '../composition/registry.ts';
import { BindingResolver } from '../composition/resolver.ts';
import { bind } from '../composition/binding.ts';
import { defaultMessageLimits, type MessageLimits } from '../envelope/limits.ts';
import { CompositionError } from '../errors/app-errors.ts';
import { jsonLogger } from '../logging/json-logger.ts';
import { pipeline, type Pipeline } from '../middleware/middleware.ts';
import { Clock } from '../ports/clock.ts';
import { IdGenerator } from '../ports/id-generator.ts';
import { Logger } from '../ports/logger.ts';
import type { Persistence } from '../ports/persistence.ts';
import type { Transport } from '../ports/transport.ts';
import type { ProjectionOptions } from '../projections/projection-runtime.ts';
import type { RelayOptions } from '../relay/relay.ts';
import { systemClock } from '../time/system-clock.ts';
import { UuidV7Generator } from '../time/uuid-v7.ts';
import type { AppOptions } from './app-options.ts';

/** The parts of an application, proved to fit together. */
export interface Composition {
  readonly service: string;
  readonly registry: Registry;
  readonly persistence: Persistence;
  readonly transport: Transport;
  readonly pipeline: Pipeline;
  readonly clock: Clock;
  readonly ids: IdGenerator;
  readonly logger: Logger;
  readonly random: () => number;
  readonly limits: MessageLimits;
  readonly relay: RelayOptions;
  readonly projections: ProjectionOptions;
  readonly inboxRetentionMs: number;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const SERVICE = /^[a-z][a-z0-9]*(?:[._-][a-z0-9]+)*$/i;

/** @throws {@link CompositionError} with every fault found */
export function compose(options: AppOptions): Composition {
  const { service, features, adapters, middleware = [], provide = [] } = options;
  const clock = options.clock ?? systemClock;
  const ids = options.ids ?? new UuidV7Generator(clock);
  const logger = options.logger ?? jsonLogger();
  const resolver =
    options.resolver ??
    new BindingResolver([
      bind(Clock, {}, () => clock, 'application'),
      bind(IdGenerator, {}, () => ids, 'application'),
      bind(Logger, {}, () => logger, 'application'),
      ...adapters.flatMap(({ bindings = [] }) => bindings),
      ...provide,
    ]);
  const inboxRetentionMs = options.inboxRetentionMs ?? 7 * DAY_MS;
  const limits = { ...defaultMessageLimits, ...options.limits };
  const registry = new Registry(features, resolver, { service, clock, limits });
  const persistence = adapters.filter((adapter) => adapter.persistence !== undefined);
  const transports = adapters.filter((adapter) => adapter.transport !== undefined);
  const faults = [
    ...(SERVICE.test(service) && service.length <= 100
      ? []
      : [
          'the name of the service must be letters and digits, parted by single dots, hyphens or underscores, at most 100',
        ]),
    ...oneOf(
      'a store',
      persistence.map(({ name }) => name),
    ),
    ...oneOf(
      'a transport',
      transports.map(({ name }) => name),
    ),
    ...registry.faults,
    ...resolver.faults(registry.requirements),
    ...retentionFaults(inboxRetentionMs, registry.retryHorizonMs),
    ...Object.entries(limits)
      .filter(([, limit]) => !(Number.isSafeInteger(limit) && limit > 0))
      .map(([name]) => `limits.${name} must be a whole number above 0`),
  ];
  const context = { service, clock, ids, logger };
  const store = persistence[0]?.persistence;
  const transport = transports[0]?.transport;
  if (faults.length > 0 || store === undefined || transport === undefined) {
    throw new CompositionError(service, faults);
  }
  return {
    ...context,
    registry,
    persistence: store(context),
    transport: transport(context),
    pipeline: pipeline(middleware),
    random: options.random ?? Math.random,
    limits,
    relay: options.relay ?? {},
    projections: options.projections ?? {},
    inboxRetentionMs,
  };
}

function oneOf(what: string, names: readonly string[]): readonly string[] {
  if (names.length === 1) return [];
  return [
    names.length === 0
      ? `no adapter brings ${what}`
      : `more than one adapter brings ${what}: ${names.join(', ')}`,
  ];
}

function retentionFaults(inboxRetentionMs: number, horizonMs: number): readonly string[] {
  if (!(inboxRetentionMs > 0)) return ['inboxRetentionMs must be milliseconds above 0'];
  return inboxRetentionMs > horizonMs
    ? []
    : [
        `inboxRetentionMs is ${inboxRetentionMs}, but deliveries can be retried for ${Math.ceil(horizonMs)} ms: a copy that comes late would take effect again; keep the inbox for longer, or retry for less`,
      ];
}
