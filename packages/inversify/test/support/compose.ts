import { CompositionError, feature, jsonLogger, type App, type FeaturePart } from '@tidings/core';
import { Container, ContainerModule, type Bind, type ContainerOptions } from 'inversify';
import { onTestFinished } from 'vitest';

import { inMemory } from '../../src/in-memory.ts';
import { bootstrap, tidings } from '../../src/index.ts';

const logger = jsonLogger({ level: 'silent' });

/** A container with the modules of an application in memory, and the bindings of a test. */
export function containerOf(
  parts: readonly FeaturePart[],
  bindings: (bind: Bind) => void = () => {},
  options: ContainerOptions = {},
): Container {
  const container = new Container(options);
  container.load(
    new ContainerModule(({ bind }) => bindings(bind)),
    tidings({ service: 'test', features: [feature('parts', parts)], logger }),
    inMemory(),
  );
  return container;
}

/** Starts the application, for as long as the test runs. */
export async function startIn(container: Container): Promise<App> {
  const app = bootstrap(container);
  onTestFinished(() => app.stop());
  await app.start();
  return app;
}

/** The faults that `bootstrap` finds. */
export function faultsOf(container: Container): readonly string[] {
  try {
    bootstrap(container);
    return [];
  } catch (error) {
    if (error instanceof CompositionError) return error.faults;
    throw error;
  }
}
