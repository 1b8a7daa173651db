/** A JSON Schema, draft 2020-12. */
export type JsonSchema = boolean | { readonly [keyword: string]: unknown };

/** Who uses a message in a service. */
export interface MessageUse {
  readonly feature: string;
  readonly as: 'handler' | 'subscription' | 'process' | 'projection' | 'schedule';
  /** The subscription's, process's, projection's or schedule's name; absent for the handler of a command. */
  readonly name?: string;
}

/** What a service and those that it exchanges a message with rely on. */
export interface MessageContract {
  readonly kind: 'command' | 'event';
  readonly version: number;
  /** The oldest version that can be read: its upcasters begin there. */
  readonly readsFrom: number;
  /** The data as it travels, before the schema transforms it. */
  readonly data: JsonSchema;
  /** What the handler returns, as it travels; absent where the command says nothing of it. */
  readonly result?: JsonSchema;
  readonly usedBy: readonly MessageUse[];
}

/** All messages of a service, by their types. */
export interface Contract {
  readonly messages: Readonly<Record<string, MessageContract>>;
}
