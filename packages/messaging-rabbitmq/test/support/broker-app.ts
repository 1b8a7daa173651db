import {
  createUncheckedApp,
  feature,
  type Adapter,
  type App,
  type FeaturePart,
} from '@tidings/core';
import { inMemory, type InMemoryStore } from '@tidings/in-memory';
import { CollectingLogger } from '@tidings/testing';
import { onTestFinished } from 'vitest';

import { rabbitmqMessaging, type RabbitMqOptions } from '../../src/index.ts';

export interface BrokerApp {
  readonly app: App;
  readonly logger: CollectingLogger;
}

export interface BrokerAppOptions extends RabbitMqOptions {
  readonly service: string;
  /** Default: one of its own. */
  readonly store?: InMemoryStore;
}

/** The store in memory, without its transport. */
function storeAlone(store: InMemoryStore | undefined): Adapter {
  const { transport: _, ...adapter } = inMemory(store === undefined ? {} : { store });
  return adapter;
}

/** An application that keeps its state in memory and its messages in the broker; not started. */
export function composeOnBroker(
  parts: readonly FeaturePart[],
  { service, store, ...options }: BrokerAppOptions,
): BrokerApp {
  const logger = new CollectingLogger();
  const app = createUncheckedApp({
    service,
    features: [feature('test', parts)],
    adapters: [storeAlone(store), rabbitmqMessaging(options)],
    logger,
    relay: { pollMs: 10 },
  });
  onTestFinished(() => app.stop({ deadlineMs: 500 }));
  return { app, logger };
}

export async function startOnBroker(
  parts: readonly FeaturePart[],
  options: BrokerAppOptions,
): Promise<BrokerApp> {
  const composed = composeOnBroker(parts, options);
  await composed.app.start();
  return composed;
}
