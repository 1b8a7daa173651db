import type { Adapter, App as RunningApp, MessageBus as Bus, Token } from '@tidings/core';
import type { ServiceIdentifier } from 'inversify';

import type { TidingsOptions } from './tidings.ts';

/**
 * The service identifier of a token, for the bindings of your own modules.
 *
 * @example
 * bind(identifier(Products)).toResolvedValue((unit) => new KnexProducts(unit), [identifier(KnexUnit)]);
 */
export function identifier<T>(token: Token<T>): ServiceIdentifier<T> {
  return token.key;
}

/** The composed application, once `bootstrap` has composed it. */
export const App: ServiceIdentifier<RunningApp> = Symbol.for('@tidings/inversify/App');

/** The message bus of the application, once `bootstrap` has composed it. */
export const MessageBus: ServiceIdentifier<Bus> = Symbol.for('@tidings/inversify/MessageBus');

/** What the modules hand to `bootstrap`. */
export const Options: ServiceIdentifier<TidingsOptions> = Symbol.for('@tidings/inversify/Options');
export const Adapters: ServiceIdentifier<Adapter> = Symbol.for('@tidings/inversify/Adapters');
