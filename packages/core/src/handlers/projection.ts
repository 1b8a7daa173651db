import type { DataOf } from '@tidings/domain';

import type { Envelope } from '../envelope/envelope.ts';
import type { Logger } from '../ports/logger.ts';
import type { ProjectionMode } from '../ports/projections.ts';
import type { RetryPolicy } from '../retry/retry-policy.ts';
import type { AnyEventDefinition } from './subscription.ts';
import type { Dependencies, Resolved } from './token.ts';

/** What a projection knows while it works. It causes nothing: it may be built again at any time. */
export interface ProjectionContext {
  /** Aborts when the work should be given up: the application stops, or its time is over. */
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

/** What the handler of an event knows of it. */
export interface ProjectedEventContext extends ProjectionContext {
  readonly messageId: string;
  readonly envelope: Envelope;
}

/** An event as {@link BatchHandling.batch} gets it; the type tells the data. */
export type ProjectedEvent<Definition extends AnyEventDefinition = AnyEventDefinition> =
  Definition extends AnyEventDefinition
    ? {
        readonly type: Definition['type'];
        readonly data: DataOf<Definition>;
        readonly messageId: string;
        readonly envelope: Envelope;
      }
    : never;

export interface ProjectionSettings<Deps extends Dependencies> {
  /**
   * Version of the read model, from 1. A higher one than is active is built from the log, beside what
   * readers see, and takes its place when it has caught up.
   */
  readonly version: number;
  /** Tokens by the names that the handlers use for their values. Default none. */
  readonly dependencies?: Deps;
  /**
   * `async` (the default): a reader of the log applies the events soon after their commit, in batches.
   * `inline`: the unit of work that stores an event applies it before it commits; its failure fails the
   * command.
   */
  readonly mode?: ProjectionMode;
  /**
   * Makes the empty read model, as its tables. Runs once for each build, in a place that is empty, and
   * says no schema.
   */
  readonly reset: (dependencies: Resolved<Deps>, context: ProjectionContext) => unknown;
  /** What is done about an event that fails. Default: that of subscriptions. Afterwards it blocks the projection. */
  readonly retry?: RetryPolicy;
  /** How long a batch, or the event of an inline projection, may take, in milliseconds. Default 60 000. */
  readonly timeoutMs?: number;
  /** How many events are applied in one transaction at most, from 1 to 10 000. Default 1000. */
  readonly maxBatch?: number;
}

/** A handler for each event, called one by one. */
export interface EventHandling<
  Definition extends AnyEventDefinition,
  Deps extends Dependencies = Dependencies,
> {
  readonly on: {
    readonly [Type in Definition['type']]: (
      data: DataOf<Extract<Definition, { readonly type: Type }>>,
      dependencies: Resolved<Deps>,
      context: ProjectedEventContext,
    ) => unknown;
  };
  readonly batch?: never;
}

/** One handler for many events at once, for speed. */
export interface BatchHandling<
  Definition extends AnyEventDefinition,
  Deps extends Dependencies = Dependencies,
> {
  /** Gets at least one event, all in the order of the log. */
  readonly batch: (
    events: readonly ProjectedEvent<Definition>[],
    dependencies: Resolved<Deps>,
    context: ProjectionContext,
  ) => unknown;
  readonly on?: never;
}

/** A read model kept by events of this service's log, which can be built anew from it at any time. */
export interface Projection<
  Definition extends AnyEventDefinition = AnyEventDefinition,
  Deps extends Dependencies = Dependencies,
> {
  readonly kind: 'projection';
  readonly projectionName: string;
  readonly definitions: readonly Definition[];
  readonly dependencies: Deps;
  readonly mode: ProjectionMode;
  readonly version: number;
  readonly options: Pick<ProjectionSettings<Deps>, 'retry' | 'timeoutMs' | 'maxBatch'>;
  readonly reset: ProjectionSettings<Deps>['reset'];
  /** Absent where there is {@link batch}. */
  readonly on?: EventHandling<Definition, Deps>['on'];
  readonly batch?: BatchHandling<Definition, Deps>['batch'];
}

/**
 * Declares a projection.
 *
 * Each event takes effect once and in the order of the log: what the handlers write in the unit of work,
 * and how far they have come, is one transaction. Effects elsewhere are out of place here, since a build
 * applies every event again. Events of other services are not in this service's log: subscribe to them.
 *
 * Pattern: *Designing Data-Intensive Applications* (Kleppmann), ch. 11, derived data; CQRS (Young).
 *
 * @param name unique in the service among projections and subscriptions, and lasting
 * @example
 * const stockView = projection('stock-view', {
 *   version: 1,
 *   events: [Received, Shipped],
 *   dependencies: { view: StockView },
 *   reset: ({ view }) => view.create(),
 *   on: {
 *     'stock.Received': ({ sku, qty }, { view }) => view.add(sku, qty),
 *     'stock.Shipped': ({ sku, qty }, { view }) => view.add(sku, -qty),
 *   },
 * });
 */
export function projection<
  Definition extends AnyEventDefinition,
  // oxlint-disable-next-line typescript/no-generated-empty-object-type -- that is what no dependencies are
  const Deps extends Dependencies = Record<never, never>,
>(
  name: string,
  settings: { readonly events: readonly Definition[] } & ProjectionSettings<Deps> &
    (EventHandling<Definition, Deps> | BatchHandling<Definition, Deps>),
): Projection<Definition, Deps> {
  const { events, version, mode = 'async', reset, retry, timeoutMs, maxBatch } = settings;
  return Object.freeze({
    kind: 'projection' as const,
    projectionName: name,
    definitions: Object.freeze([...events]),
    dependencies: settings.dependencies ?? ({} as Deps),
    mode,
    version,
    options: {
      ...(retry === undefined ? {} : { retry }),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      ...(maxBatch === undefined ? {} : { maxBatch }),
    },
    reset,
    ...(settings.on === undefined ? {} : { on: settings.on }),
    ...(settings.batch === undefined ? {} : { batch: settings.batch }),
  });
}
