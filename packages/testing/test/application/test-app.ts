import {
  createUncheckedApp,
  type App,
  type AppOptions,
  type FeaturePart,
  feature,
} from '@tidings/core';
import { inMemory } from '@tidings/in-memory';

import { CollectingLogger } from '../../src/index.ts';

export interface TestApp {
  readonly app: App;
  readonly logger: CollectingLogger;
}

/** A started application in memory, made of these parts. */
export async function startApp(
  parts: readonly FeaturePart[],
  options: Partial<AppOptions> = {},
): Promise<TestApp> {
  const logger = new CollectingLogger();
  const app = createUncheckedApp({
    service: 'test',
    features: [feature('test', parts)],
    adapters: [inMemory()],
    logger,
    ...options,
  });
  await app.start();
  return { app, logger };
}
