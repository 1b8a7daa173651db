export { Aggregate } from './aggregate.ts';
export { command, event } from './define-message.ts';
export { DefinitionError } from './definition-error.ts';
export { Entity } from './entity.ts';
export { definitionKey } from './message.ts';
export type { Command, Event, Message, ResultOf } from './message.ts';
export type {
  CommandDefinition,
  CommandOptions,
  DataOf,
  EventDefinition,
  MessageDefinition,
  MessageOptions,
  Upcaster,
} from './message-definition.ts';
export type {
  InferInput,
  InferOutput,
  StandardSchemaIssue,
  StandardSchemaProps,
  StandardSchemaResult,
  StandardSchemaV1,
} from './standard-schema.ts';
export { TidingsError } from './tidings-error.ts';
export type { TidingsErrorCode, TidingsErrorOptions } from './tidings-error.ts';
export { ValueObject } from './value-object.ts';
