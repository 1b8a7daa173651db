import {
  Clock,
  CompositionError,
  createUncheckedApp,
  IdGenerator,
  jsonLogger,
  Logger,
  systemClock,
  UuidV7Generator,
  type App as RunningApp,
  type Token,
} from '@tidings/core';
import type { Container } from 'inversify';

import { ContainerResolver } from './container-resolver.ts';
import { Adapters, App, MessageBus, Options } from './identifiers.ts';

/**
 * Composes the application that a container's modules describe, and binds it and its message bus in
 * the container. Start it with `app.start()`.
 *
 * Clock, ids and logger are those of the container, where it binds their tokens; else those given
 * to `tidings`; else the defaults.
 *
 * @throws {@link CompositionError} with every fault: whatever cannot be resolved for a handler, and
 * all that `createApp` proves
 * @example
 * const container = new Container();
 * container.load(tidings({ service: 'warehouse', features: [allocation] }), inMemory());
 * const app = bootstrap(container);
 */
export function bootstrap(container: Container): RunningApp {
  if (!container.isBound(Options)) {
    throw new CompositionError('(unnamed)', ['no module was loaded that tidings() made']);
  }
  const options = container.get(Options);
  if (container.isBound(App)) {
    throw new CompositionError(options.service, ['the container has been bootstrapped already']);
  }
  const clock = provide(container, Clock, options.clock ?? systemClock);
  const ids = provide(container, IdGenerator, options.ids ?? new UuidV7Generator(clock));
  const logger = provide(container, Logger, options.logger ?? jsonLogger());
  const app = createUncheckedApp({
    ...options,
    clock,
    ids,
    logger,
    adapters: container.isBound(Adapters) ? container.getAll(Adapters) : [],
    resolver: new ContainerResolver(container),
  });
  container.bind(App).toConstantValue(app);
  container.bind(MessageBus).toConstantValue(app.bus);
  return app;
}

/** What the container binds, or else `value`, which it binds from now on. */
function provide<T>(container: Container, token: Token<T>, value: T): T {
  if (container.isBound(token.key)) return container.get<T>(token.key);
  container.bind<T>(token.key).toConstantValue(value);
  return value;
}
