import type { Command, Event } from './message.ts';
import type { InferInput, InferOutput, StandardSchemaV1 } from './standard-schema.ts';

/**
 * Turns the data of one version into the data of the next. It must be pure, and must not change the
 * data it is given.
 */
export type Upcaster = (data: unknown) => unknown;

export interface MessageOptions<Input> {
  /** The version of this definition: a whole number from 1, raised with every breaking change. Default 1. */
  readonly version?: number;
  /** For each older version that may still arrive, how its data becomes that of the next version. */
  readonly upcasters?: Readonly<Record<number, Upcaster>>;
  /**
   * The key within which deliveries keep their order. Default: for an event recorded by an
   * aggregate, the aggregate's id; for any other message none, so that it waits for no other.
   */
  readonly partitionKey?: (data: Input) => string;
}

export interface CommandOptions<
  Input,
  Result extends StandardSchemaV1,
> extends MessageOptions<Input> {
  /**
   * The schema of the result: the handler returns what it accepts, the caller gets what it gives.
   * Without it the result is `unknown`.
   */
  readonly result?: Result;
}

/** What every message definition tells; the common part of {@link CommandDefinition} and {@link EventDefinition}. */
export interface MessageDefinition<
  Type extends string = string,
  Schema extends StandardSchemaV1 = StandardSchemaV1,
> {
  readonly kind: 'command' | 'event';
  readonly type: Type;
  readonly version: number;
  readonly schema: Schema;
  readonly upcasters: ReadonlyMap<number, Upcaster>;
  readonly partitionKey: ((data: never) => string) | undefined;
}

/** Defines one command: call it with the data to make a frozen command. */
export interface CommandDefinition<
  Type extends string = string,
  Schema extends StandardSchemaV1 = StandardSchemaV1,
  Result = unknown,
  Returned = Result,
> extends MessageDefinition<Type, Schema> {
  (data: InferInput<Schema>): Command<Type, InferInput<Schema>, Result>;
  readonly kind: 'command';
  /** Takes what the handler returns, and gives the caller's result. */
  readonly result: StandardSchemaV1<Returned, Result> | undefined;
}

/** Defines one event: call it with the data to make a frozen event. */
export interface EventDefinition<
  Type extends string = string,
  Schema extends StandardSchemaV1 = StandardSchemaV1,
> extends MessageDefinition<Type, Schema> {
  (data: InferInput<Schema>): Event<Type, InferInput<Schema>>;
  readonly kind: 'event';
}

/** The data that handlers of a definition receive. */
export type DataOf<Definition> = Definition extends {
  readonly schema: infer Schema extends StandardSchemaV1;
}
  ? InferOutput<Schema>
  : never;
