import { createUncheckedApp, systemClock, UuidV7Generator } from '@tidings/core';
import type {
  Adapter,
  AdapterContext,
  App,
  AppOptions,
  FeaturePart,
  HeldDeliveries,
  Persistence,
  RetryPolicy,
  StartOptions,
  Transport,
} from '@tidings/core';
import { feature } from '@tidings/core';
import { command, event } from '@tidings/domain';
import type { CommandDefinition, EventDefinition, StandardSchemaV1 } from '@tidings/domain';

import { CollectingLogger } from '../../collecting-logger.ts';
import type { Row } from '../row.ts';
import type { RuntimeCapability, RuntimeFixture } from './runtime-harness.ts';

/** What a row works with: applications that are stopped at its end. */
export interface RunningFixture {
  readonly fixture: RuntimeFixture;
  readonly apps: Apps;
  readonly dispose: () => Promise<void>;
}

export type RuntimeRow = Row<RunningFixture, RuntimeCapability>;

/** The data of the messages of these suites. */
export interface Numbered {
  readonly key: string;
  readonly n: number;
}

export const numbered: StandardSchemaV1<Numbered> = {
  '~standard': {
    version: 1,
    vendor: 'tidings',
    validate: (value) => ({ value: value as Numbered }),
  },
};

/** Ordered by its key. */
export const Counted: EventDefinition<'conformance.Counted', typeof numbered> = event(
  'conformance.Counted',
  numbered,
  { partitionKey: ({ key }) => key },
);

export const Count: CommandDefinition<'conformance.Count', typeof numbered> = command(
  'conformance.Count',
  numbered,
);

/** For `eventually`: longer than any machine takes for what a row waits for. */
export const patience = { timeoutMs: 20_000 };

/** At once twice, then soon. */
export const quickRetries: RetryPolicy = [{ immediate: 2, delays: [30, 30, 30, 30], jitter: 0 }];

export interface ConformanceAppOptions extends StartOptions {
  readonly adapters?: readonly Adapter[];
  readonly options?: Partial<AppOptions>;
}

/** Starts applications of one service, and stops them all. */
export class Apps {
  readonly logger: CollectingLogger = new CollectingLogger();
  readonly #fixture: RuntimeFixture;
  readonly #apps: App[] = [];

  constructor(fixture: RuntimeFixture) {
    this.#fixture = fixture;
  }

  async start(
    parts: readonly FeaturePart[],
    { adapters = this.#fixture.adapters(), options = {}, ...start }: ConformanceAppOptions = {},
  ): Promise<App> {
    const app = createUncheckedApp({
      service: 'conformance',
      features: [feature('conformance', parts)],
      adapters,
      logger: this.logger,
      relay: { pollMs: 10, leaseMs: 500, checkpointMs: 0 },
      ...options,
    });
    this.#apps.push(app);
    await app.start(start);
    return app;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#apps.map((app) => app.stop({ deadlineMs: 2000 })));
  }
}

/** What an application gives its adapters. */
function adapterContext(): AdapterContext {
  return {
    service: 'conformance',
    clock: systemClock,
    ids: new UuidV7Generator(systemClock),
    logger: new CollectingLogger(),
  };
}

/** The adapters with parts of their persistence replaced. */
export function withPersistence(
  adapters: readonly Adapter[],
  replace: (persistence: Persistence) => Partial<Persistence>,
): readonly Adapter[] {
  return adapters.map((adapter) => {
    const { persistence: create } = adapter;
    if (create === undefined) return adapter;
    return {
      ...adapter,
      persistence: (context) => {
        const persistence = create(context);
        return { ...delegate(persistence), ...replace(persistence) };
      },
    };
  });
}

/** The adapters with their transport replaced. */
export function withTransport(
  adapters: readonly Adapter[],
  replace: (transport: Transport) => Transport,
): readonly Adapter[] {
  return adapters.map((adapter) => {
    const { transport: create } = adapter;
    if (create === undefined) return adapter;
    return { ...adapter, transport: (context) => replace(create(context)) };
  });
}

/** The adapters with the publishing of their transport replaced. */
export function withPublish(
  adapters: readonly Adapter[],
  replace: (publish: Transport['publish']) => Transport['publish'],
): readonly Adapter[] {
  return withTransport(adapters, (transport) => ({
    capabilities: transport.capabilities,
    declare: (subscriptions) => transport.declare(subscriptions),
    publish: replace((messages) => transport.publish(messages)),
    request: (envelope, options) => transport.request(envelope, options),
    subscribe: (name, deliver, options) => transport.subscribe(name, deliver, options),
    ping: () => transport.ping(),
    close: () => transport.close(),
  }));
}

/** The store itself, outside of any application. */
export async function startPersistence(fixture: RuntimeFixture): Promise<Persistence> {
  const create = fixture
    .adapters()
    .find(({ persistence }) => persistence !== undefined)?.persistence;
  if (create === undefined) throw new TypeError('no adapter brings a store');
  const persistence = create(adapterContext());
  await persistence.start();
  return persistence;
}

/** Held deliveries, to be changed in part. */
export function delegateHeld(held: HeldDeliveries): HeldDeliveries {
  return {
    hold: (delivery) => held.hold(delivery),
    claim: (subscriptions, limit, leaseMs, except) =>
      held.claim(subscriptions, limit, leaseMs, except),
    renew: (claims, leaseMs) => held.renew(claims, leaseMs),
    release: (claim, dueIn, error, attempts) => held.release(claim, dueIn, error, attempts),
    list: (query) => held.list(query),
    waiting: (subscriptions) => held.waiting(subscriptions),
  };
}

/** Its parts are properties of its own; its methods belong to its class. */
function delegate(persistence: Persistence): Persistence {
  return {
    ...persistence,
    begin: (options) => persistence.begin(options),
    start: () => persistence.start(),
    ping: () => persistence.ping(),
    close: () => persistence.close(),
  };
}
