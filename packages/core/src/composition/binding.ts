import type { AnyToken, Dependencies, Resolved, Token } from '../handlers/token.ts';

/** `application`: made once. `message`: made anew for every message, and with its unit of work. */
export type BindingScope = 'application' | 'message';

/** How a token's value is made. */
export interface Binding<
  Provided extends AnyToken = AnyToken,
  Required extends AnyToken = AnyToken,
> {
  readonly token: Provided;
  readonly dependencies: Dependencies;
  readonly create: (dependencies: never) => unknown;
  readonly scope: BindingScope;
  /** Only for the type checker. */
  readonly requires?: Required;
}

/**
 * Binds a token to what makes its value. The value is made synchronously, at most once in its scope.
 *
 * @param scope default `message`
 * @example
 * bind(Products, { unit: KnexUnit }, ({ unit }) => new KnexProducts(unit));
 * bind(Notifications, {}, () => new SmtpNotifications(url), 'application');
 */
export function bind<T, const Deps extends Dependencies>(
  token: Token<T>,
  dependencies: Deps,
  create: (dependencies: Resolved<Deps>) => NoInfer<T>,
  scope: BindingScope = 'message',
): Binding<Token<T>, Deps[keyof Deps]> {
  return Object.freeze({ token, dependencies, create, scope });
}
