import type { Adapter } from '../composition/adapter.ts';
import type { Binding } from '../composition/binding.ts';
import type { DependencyResolver } from '../composition/resolver.ts';
import type { MessageLimits } from '../envelope/limits.ts';
import type { Feature } from '../handlers/feature.ts';
import type { AnyToken, Token } from '../handlers/token.ts';
import type { CurrentUnitOfWork } from '../handlers/context.ts';
import type { Middleware } from '../middleware/middleware.ts';
import type { Clock } from '../ports/clock.ts';
import type { IdGenerator } from '../ports/id-generator.ts';
import type { Logger } from '../ports/logger.ts';
import type { ProjectionOptions } from '../projections/projection-runtime.ts';
import type { RelayOptions } from '../relay/relay.ts';

/** What an application is made of. */
export interface AppOptions<
  Features extends readonly Feature[] = readonly Feature[],
  Adapters extends readonly Adapter[] = readonly Adapter[],
  Bindings extends readonly Binding[] = readonly Binding[],
> {
  /** Name of the service: letters and digits, parted by dots, hyphens or underscores. */
  readonly service: string;
  readonly features: Features;
  /** Exactly one brings the store and exactly one the transport; it may be the same. */
  readonly adapters: Adapters;
  /** How the tokens that handlers depend on are made. */
  readonly provide?: Bindings;
  /** Around every attempt to handle a message; the first is the outermost. */
  readonly middleware?: readonly Middleware[];
  /** Default: lines of JSON on standard output. */
  readonly logger?: Logger;
  readonly clock?: Clock;
  /** Default: UUIDs of version 7. */
  readonly ids?: IdGenerator;
  /** Default `Math.random`; used only for jitter. */
  readonly random?: () => number;
  readonly limits?: Partial<MessageLimits>;
  readonly relay?: RelayOptions;
  readonly projections?: ProjectionOptions;
  /**
   * How long, in milliseconds, it is remembered that a delivery or an intent was dealt with. Must be longer than
   * any retry policy lasts. Default 7 days.
   */
  readonly inboxRetentionMs?: number;
  /** Takes the place of the built-in resolver of bindings, where a container is used. */
  readonly resolver?: DependencyResolver;
}

type ProvidedBy<Part> = Part extends { readonly token: infer Provided extends AnyToken }
  ? Provided
  : never;
type NeededBy<Part> = Part extends { readonly requires?: infer Required }
  ? Exclude<Required, undefined>
  : never;
type AdapterTokens<Part> = Part extends Adapter<infer Provided> ? Provided : never;

/** What core itself provides to every application. */
type BuiltInTokens = typeof CurrentUnitOfWork | Token<Clock> | Token<IdGenerator> | Token<Logger>;

/** The tokens that features and bindings need and nobody provides. */
export type MissingTokens<
  Features extends readonly Feature[],
  Adapters extends readonly Adapter[],
  Bindings extends readonly Binding[],
> = Exclude<
  NeededBy<Features[number]> | NeededBy<Bindings[number]>,
  ProvidedBy<Bindings[number]> | AdapterTokens<Adapters[number]> | BuiltInTokens
>;

/** Does not compile where a binding is missing; the error shows the token that nobody binds. */
export type CompleteBindings<Missing> = [Missing] extends [never]
  ? unknown
  : { readonly 'these tokens are not bound': Missing };
