import type { Adapter } from '../composition/adapter.ts';
import type { Binding } from '../composition/binding.ts';
import { compose } from './compose.ts';
import type { App } from './app.ts';
import type { AppOptions, CompleteBindings, MissingTokens } from './app-options.ts';
import type { Feature } from '../handlers/feature.ts';
import { RunningApp } from './running-app.ts';

/**
 * Composes an application. Wrong compositions do not compile where types can tell (a token that
 * nobody binds, say); everything else is proved here, before anything starts.
 *
 * @throws {@link CompositionError} listing every fault: commands with two handlers, subscriptions of
 * one name, tokens that nobody binds, retries that last longer than the inbox remembers …
 * @example
 * const app = createApp({ service: 'warehouse', features: [allocation], adapters: [inMemory()], provide: [products] });
 * await app.start();
 * await app.bus.execute(Allocate({ orderId: 'o1', sku: 'LAMP', qty: 2 }));
 */
export function createApp<
  const Features extends readonly Feature[],
  const Adapters extends readonly Adapter[],
  const Bindings extends readonly Binding[] = readonly [],
>(
  options: AppOptions<Features, Adapters, Bindings> &
    CompleteBindings<MissingTokens<Features, Adapters, Bindings>>,
): App {
  return createUncheckedApp(options);
}

/**
 * {@link createApp} for callers that do not know their bindings at compile time, as a dependency
 * injection container. The same faults are found, all of them when it is called.
 */
export function createUncheckedApp(options: AppOptions): App {
  return new RunningApp(compose(options));
}
