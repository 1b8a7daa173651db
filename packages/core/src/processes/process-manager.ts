import type {
  Command,
  DataOf,
  Event,
  InferInput,
  InferOutput,
  StandardSchemaV1,
} from '@tidings/domain';

import type { AnyEventDefinition, SubscriptionOptions } from '../handlers/subscription.ts';

/** What a handler of a process knows beside state and event. Plain data, so that a test can make one. */
export interface ProcessContext {
  /** The key of the instance. */
  readonly key: string;
  /** Id of the message that is handled. */
  readonly messageId: string;
  readonly correlationId: string;
  /** The time by the application's clock, ISO 8601 in UTC. */
  readonly now: string;
}

/**
 * When a timeout is due: so many milliseconds after the commit, or at a moment, both by the store's
 * clock. A moment as text is ISO 8601.
 */
export type TimeoutDue = { readonly in: number } | { readonly at: string | Date };

/**
 * What is to happen, as a handler of a process returns it. All of it is committed in one transaction
 * with the event, or none of it.
 */
export interface ProcessStep<State = unknown, Timeout extends string = string> {
  /** The state from now on. Without it the state stays as it is; an event that may start an instance starts none. */
  readonly state?: State | undefined;
  /** Commands to send, in this order. */
  readonly send?: readonly Command[] | undefined;
  /** Events to publish, in this order, after the commands. */
  readonly publish?: readonly Event[] | undefined;
  /** Timeouts to set, or to cancel. One that is open already is set anew. */
  readonly timeouts?: TimeoutChanges<Timeout> | undefined;
  /** Ends the instance: its state is forgotten, its open timeouts are cancelled, its key is free. */
  readonly complete?: boolean | undefined;
}

/** By name of timeout, when it is due from now on; a process without timeouts has none to change. */
export type TimeoutChanges<Timeout extends string> = [Timeout] extends [never]
  ? undefined
  : { readonly [Name in Timeout]?: TimeoutDue | 'cancel' | undefined };

/** What a handler returns; nothing means that the event changes nothing. */
// oxlint-disable-next-line typescript/no-invalid-void-type -- a handler without a return statement
export type ProcessResult<State, Timeout extends string> =
  | ProcessStep<State, Timeout>
  | undefined
  | void;

type DataOfType<Definition extends AnyEventDefinition, Type> = DataOf<
  Extract<Definition, { readonly type: Type }>
>;

type Correlations<Definition extends AnyEventDefinition> = {
  readonly [Type in Definition['type']]: (data: DataOfType<Definition, Type>) => string;
};

type Handlers<
  Schema extends StandardSchemaV1,
  Starting extends AnyEventDefinition,
  Continuing extends AnyEventDefinition,
  Timeout extends string,
> = {
  readonly [Type in (Starting | Continuing)['type']]: (
    state: InferOutput<Schema> | (Type extends Starting['type'] ? undefined : never),
    event: DataOfType<Starting | Continuing, Type>,
    context: ProcessContext,
  ) => ProcessResult<InferInput<Schema>, Timeout>;
};

type TimeoutHandler<Schema extends StandardSchemaV1, Timeout extends string> = (
  state: InferOutput<Schema>,
  context: ProcessContext,
) => ProcessResult<InferInput<Schema>, Timeout>;

/** What a process is made of. Its functions must be pure: they may be called again with the same event. */
export interface ProcessDefinition<
  Schema extends StandardSchemaV1 = StandardSchemaV1,
  Starting extends AnyEventDefinition = AnyEventDefinition,
  Continuing extends AnyEventDefinition = AnyEventDefinition,
  Timeout extends string = string,
> extends SubscriptionOptions {
  /**
   * Schema of the state, which is kept as JSON: handlers return what it accepts and get what it gives.
   * It is applied whenever a state is saved or loaded.
   */
  readonly state: Schema;
  /** Version of the state, a whole number from 1, raised with every breaking change. Default 1. */
  readonly version?: number;
  /** For each older version of which instances may still run, how its state becomes that of the next. */
  readonly migrations?: Readonly<Record<number, (state: unknown) => unknown>>;
  /** The events that start an instance where none runs; their handlers may get `undefined` as state. */
  readonly startedBy: readonly Starting[];
  /** The other events that it takes. */
  readonly continuedBy?: readonly Continuing[];
  /**
   * By type of event, the key of the instance that it is for: 1 to 255 characters without control
   * characters. An event that has none becomes a dead letter with the reason `uncorrelated`.
   */
  readonly correlate: Correlations<Starting | Continuing>;
  /** By type of event, what is to happen. */
  readonly on: NoInfer<Handlers<Schema, Starting, Continuing, Timeout>>;
  /** By name of timeout, what is to happen when it is due. */
  readonly timeouts?: {
    readonly [Name in Timeout]: NoInfer<TimeoutHandler<Schema, Timeout>>;
  };
  /**
   * What becomes of an event that starts nothing and whose instance was never started or is complete.
   * `ignore` (the default): nothing. `dead-letter`: it fails with a {@link ProcessNotFoundError}; it is
   * tried again as `retry` says, for what starts the instance may come late, and is then a dead letter.
   */
  readonly onMissing?: 'ignore' | 'dead-letter';
  /**
   * What happens to the key of an event that used up its retries. `block` (the default): its later
   * events wait until the dead letter is replayed or discarded. `park`: they go on without it.
   */
  readonly onPoison?: 'park' | 'block';
}

/**
 * A process manager: the story of something that takes time, one instance for each key. Its handlers are
 * pure functions that a unit test calls with a state and an event.
 */
export interface ProcessManager<
  Schema extends StandardSchemaV1 = StandardSchemaV1,
  Starting extends AnyEventDefinition = AnyEventDefinition,
  Continuing extends AnyEventDefinition = AnyEventDefinition,
  Timeout extends string = string,
> extends ProcessDefinition<Schema, Starting, Continuing, Timeout> {
  readonly kind: 'process-manager';
  /** The process is a subscription of this name. */
  readonly subscriptionName: string;
  readonly dependencies: Readonly<Record<string, never>>;
}

/** A process whatever its types are. */
export interface AnyProcessManager extends SubscriptionOptions {
  readonly kind: 'process-manager';
  readonly subscriptionName: string;
  readonly dependencies: Readonly<Record<string, never>>;
  readonly state: StandardSchemaV1;
  readonly version?: number;
  readonly migrations?: Readonly<Record<number, (state: unknown) => unknown>>;
  readonly startedBy: readonly AnyEventDefinition[];
  readonly continuedBy?: readonly AnyEventDefinition[];
  readonly correlate: object;
  readonly on: object;
  readonly timeouts?: object;
  readonly onMissing?: 'ignore' | 'dead-letter';
}

/**
 * Declares a process manager.
 *
 * State, record of the event, messages sent and timeouts set are one transaction. Events of one instance
 * that come at the same time are handled one after the other: the loser of a conflict is tried again at once.
 *
 * Pattern: *Enterprise Integration Patterns* (Hohpe, Woolf), Process Manager.
 *
 * @param name unique among the subscriptions of the service, and lasting: instances are kept under it
 * @example
 * const restocking = processManager('restocking', {
 *   state: z.object({ waiting: z.array(z.string()) }),
 *   startedBy: [OutOfStock],
 *   continuedBy: [BatchAdded],
 *   correlate: {
 *     'allocation.OutOfStock': ({ sku }) => sku,
 *     'allocation.BatchAdded': ({ sku }) => sku,
 *   },
 *   on: {
 *     'allocation.OutOfStock': (state, { orderid }) => ({
 *       state: { waiting: [...(state?.waiting ?? []), orderid] },
 *       timeouts: state === undefined ? { reminder: { in: 2 * DAY_MS } } : {},
 *     }),
 *     'allocation.BatchAdded': ({ waiting }) => ({ send: waiting.map(Reallocate), complete: true }),
 *   },
 *   timeouts: { reminder: (state, { key }) => ({ publish: [StillWaiting({ sku: key })] }) },
 * });
 */
export function processManager<
  Schema extends StandardSchemaV1,
  Starting extends AnyEventDefinition,
  Continuing extends AnyEventDefinition = never,
  Timeout extends string = never,
>(
  name: string,
  definition: ProcessDefinition<Schema, Starting, Continuing, Timeout>,
): ProcessManager<Schema, Starting, Continuing, Timeout> {
  return Object.freeze({
    ...definition,
    kind: 'process-manager',
    subscriptionName: name,
    dependencies: Object.freeze({}),
  });
}
