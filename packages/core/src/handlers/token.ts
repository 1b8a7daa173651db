declare const provides: unique symbol;

/**
 * A typed name for something that handlers depend on. Whoever composes the application binds it.
 *
 * `T` is invariant, so that a dependency of another type does not compile.
 */
export interface Token<in out T> {
  readonly name: string;
  /** Identifies the token to dependency injection containers. */
  readonly key: symbol;
  readonly [provides]?: (value: T) => T;
}

/** The value that a token stands for. */
export type TokenValue<SomeToken> = SomeToken extends Token<infer T> ? T : never;

// oxlint-disable-next-line typescript/no-explicit-any -- invariance leaves no other "some token"
export type AnyToken = Token<any>;

/** Dependencies by the names that a function uses for them. */
export type Dependencies = Readonly<Record<string, AnyToken>>;

/** The values for {@link Dependencies}. */
export type Resolved<Deps extends Dependencies> = {
  readonly [Name in keyof Deps]: TokenValue<Deps[Name]>;
};

/**
 * Makes a token.
 *
 * @param name unique in the application; error messages show it
 * @example
 * const Products = token<ProductRepository>('Products');
 */
export function token<T>(name: string): Token<T> {
  return Object.freeze({ name, key: Symbol.for(`@tidings/token/${name}`) });
}
