export type { Adapter, AdapterContext } from './composition/adapter.ts';
export { bind } from './composition/binding.ts';
export type { Binding, BindingScope } from './composition/binding.ts';
export type { Envelope } from './envelope/envelope.ts';
export {
  AppStateError,
  CompositionError,
  HandlerTimeoutError,
  InvalidOptionsError,
  WaitTimeoutError,
} from './errors/app-errors.ts';
export {
  IntentConflictError,
  InvalidResultError,
  UndecodableMessageError,
  UnknownCommandError,
  ValidationError,
} from './errors/message-errors.ts';
export type { ValidationFault } from './errors/message-errors.ts';
export {
  AggregateNotFoundError,
  CommitFailedError,
  CommitUnknownError,
  ConcurrencyError,
  LeaseLostError,
  PersistenceUnavailableError,
  UnitOfWorkEndedError,
  UnstorableValueError,
} from './errors/store-errors.ts';
export { PublishError, TransportUsageError } from './errors/transport-errors.ts';
export type { PublishFailure } from './errors/transport-errors.ts';
export { CurrentUnitOfWork } from './handlers/context.ts';
export type { HandlerContext, SendOptions } from './handlers/context.ts';
export { token } from './handlers/token.ts';
export type { AnyToken, Dependencies, Resolved, Token, TokenValue } from './handlers/token.ts';
export { assertJson, jsonFaults } from './json/json-faults.ts';
export type { JsonFault, JsonFaultOptions } from './json/json-faults.ts';
export type { AdvanceResult, Checkpoints } from './ports/checkpoints.ts';
export type { Clock } from './ports/clock.ts';
export type {
  DeadLetter,
  DeadLetterPage,
  DeadLetterQuery,
  DeadLetterReplay,
  DeadLetters,
  DeadLetterToPark,
} from './ports/dead-letters.ts';
export type {
  ClaimedDelivery,
  DeliveryToHold,
  HeldClaim,
  HeldDeliveries,
  HeldKey,
  HeldQuery,
} from './ports/held-deliveries.ts';
export type { IdGenerator } from './ports/id-generator.ts';
export type { Inbox } from './ports/inbox.ts';
export type { LeaseGrant, Leases } from './ports/leases.ts';
export type { Logger, LogMethod } from './ports/logger.ts';
export type { LoggedMessage, MessageLog, Position } from './ports/message-log.ts';
export type { Persistence } from './ports/persistence.ts';
export type {
  ConsumeOptions,
  Consumer,
  Deliver,
  Delivery,
  OutgoingMessage,
  Transport,
  TransportCapabilities,
  TransportSubscription,
  UnreadableMessage,
} from './ports/transport.ts';
export type {
  AggregateTracker,
  CommitRequest,
  Intent,
  ReceivedDelivery,
  ReceiveResult,
  RecordedEvent,
  StoredOutcome,
  UnitOfWork,
} from './ports/unit-of-work.ts';
