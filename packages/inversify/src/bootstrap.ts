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
import { ContainerModule, type Bind, type Container } from 'inversify';

import { ContainerResolver } from './container-resolver.ts';
import { Adapters, App, MessageBus, Options } from './identifiers.ts';
import type { TidingsOptions } from './tidings.ts';

/**
 * Composes the application that a container's modules describe, and binds it and its message bus in
 * the container. Start it with `app.start()`.
 *
 * Clock, ids and logger are those of the container, where it binds their tokens; else those given
 * to `tidings`; else the defaults.
 *
 * @throws {@link CompositionError} with every fault: whatever cannot be resolved for a handler, and
 * all that `createApp` proves. The container is then as it was before.
 * @example
 * const container = new Container();
 * container.load(tidings({ service: 'warehouse', features: [allocation] }), inMemory());
 * const app = bootstrap(container);
 */
export function bootstrap(container: Container): RunningApp {
  const options = optionsOf(container);
  if (container.isBound(App)) {
    throw new CompositionError(options.service, ['the container has been bootstrapped already']);
  }
  // What is bound through one module can be taken out again together.
  const module = new ContainerModule(({ bind }) => compose(container, bind, options));
  try {
    container.load(module);
  } catch (error) {
    container.unload(module);
    throw error;
  }
  return container.get(App);
}

function optionsOf(container: Container): TidingsOptions {
  const all = container.isBound(Options) ? container.getAll(Options) : [];
  const [options] = all;
  if (options !== undefined && all.length === 1) return options;
  const services = all.map(({ service }) => service);
  throw new CompositionError(
    services.join(', ') || '(unnamed)',
    services.length === 0
      ? ['no module was loaded that tidings() made']
      : [`more than one module was loaded that tidings() made, for ${services.join(' and ')}`],
  );
}

function compose(container: Container, bind: Bind, options: TidingsOptions): void {
  /** What the container binds, or else `value`, which it binds from now on. */
  const provide = <T>(token: Token<T>, value: T): T => {
    if (container.isBound(token.key)) return container.get<T>(token.key);
    bind<T>(token.key).toConstantValue(value);
    return value;
  };
  const clock = provide(Clock, options.clock ?? systemClock);
  const ids = provide(IdGenerator, options.ids ?? new UuidV7Generator(clock));
  const logger = provide(Logger, options.logger ?? jsonLogger());
  const app = createUncheckedApp({
    ...options,
    clock,
    ids,
    logger,
    adapters: container.isBound(Adapters) ? container.getAll(Adapters) : [],
    resolver: new ContainerResolver({ service: options.service, container, bind }),
  });
  bind(App).toConstantValue(app);
  bind(MessageBus).toConstantValue(app.bus);
}
