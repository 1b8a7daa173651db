/** Where a message keeps the definition that made it; not a property of its own, so it is never serialised. */
export const definitionKey: unique symbol = Symbol.for('@tidings/definition') as never;

declare const resultType: unique symbol;

/** An immutable command or event: its type's name, its version and its data. */
export interface Message<Type extends string = string, Data = unknown> {
  readonly kind: 'command' | 'event';
  readonly type: Type;
  /** The version of the definition that made the data, from 1. */
  readonly version: number;
  readonly data: Data;
}

/** An instruction, named in the imperative: exactly one handler, may fail, may return a result. */
export interface Command<
  Type extends string = string,
  Data = unknown,
  Result = unknown,
> extends Message<Type, Data> {
  readonly kind: 'command';
  readonly [resultType]?: Result;
}

/** A fact, named in the past tense: zero or more subscribers. */
export interface Event<Type extends string = string, Data = unknown> extends Message<Type, Data> {
  readonly kind: 'event';
}

/** The result that a command's handler returns. */
export type ResultOf<C extends Command> =
  C extends Command<string, unknown, infer Result> ? Result : never;
