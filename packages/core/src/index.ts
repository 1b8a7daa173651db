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
  MessageIdConflictError,
  ProcessDiedError,
  RemoteCommandError,
  UndecodableMessageError,
  UnknownCommandError,
  ValidationError,
} from './errors/message-errors.ts';
export type { ValidationFault } from './errors/message-errors.ts';
export {
  ProcessNotFoundError,
  ProcessStateError,
  ProcessStateVersionError,
  ProcessStepError,
} from './errors/process-errors.ts';
export {
  AggregateNotFoundError,
  CheckpointAheadError,
  CommitFailedError,
  CommitUnknownError,
  ConcurrencyError,
  KeyBusyError,
  LeaseLostError,
  MissingChangesError,
  PersistenceUnavailableError,
  UnitOfWorkEndedError,
  UnstorableValueError,
} from './errors/store-errors.ts';
export {
  DeliveryEndedError,
  PublishError,
  TransportUsageError,
} from './errors/transport-errors.ts';
export type { PublishFailure } from './errors/transport-errors.ts';
export { ProjectionMovedError, ProjectionVersionError } from './errors/projection-errors.ts';
export type { ProjectionMove } from './errors/projection-errors.ts';
export { CurrentUnitOfWork } from './handlers/context.ts';
export type { HandlerContext, PublishOptions, SendOptions } from './handlers/context.ts';
export { token } from './handlers/token.ts';
export type { AnyToken, Dependencies, Resolved, Token, TokenValue } from './handlers/token.ts';
export { inexactNumber } from './json/inexact-numbers.ts';
export { assertJson, jsonFaults } from './json/json-faults.ts';
export type { JsonFault, JsonFaultOptions } from './json/json-faults.ts';
export { DeliveryQueue } from './lanes/delivery-queue.ts';
export type { DeliveryQueueOptions } from './lanes/delivery-queue.ts';
export { Fifo } from './lanes/fifo.ts';
export { KeyedLanes } from './lanes/keyed-lanes.ts';
export type { LaneItem } from './lanes/keyed-lanes.ts';
export type { QueueConsumer } from './lanes/queue-consumer.ts';
export type { QueuedMessage } from './lanes/queued-delivery.ts';
export type { AdvanceResult, Checkpoints } from './ports/checkpoints.ts';
export { Clock } from './ports/clock.ts';
export type {
  DeadLetter,
  DeadLetterPage,
  DeadLetterQuery,
  DeadLetterReplay,
  DeadLetters,
  DeadLetterToPark,
  ParkResult,
} from './ports/dead-letters.ts';
export type {
  ClaimedDelivery,
  DeliveryToHold,
  HeldClaim,
  HeldDeliveries,
  HeldKey,
  HeldQuery,
  KeyOfSubscription,
} from './ports/held-deliveries.ts';
export { IdGenerator } from './ports/id-generator.ts';
export type { Inbox } from './ports/inbox.ts';
export type { LeaseGrant, Leases } from './ports/leases.ts';
export { Logger } from './ports/logger.ts';
export type { LogMethod } from './ports/logger.ts';
export type { LoggedMessage, LogPage, MessageLog, Position } from './ports/message-log.ts';
export { pageSize } from './ports/page-size.ts';
export type { Persistence } from './ports/persistence.ts';
export type {
  ListedProcess,
  Processes,
  ProcessInstance,
  ProcessPage,
  ProcessQuery,
  UnitProcesses,
} from './ports/processes.ts';
export type {
  Generation,
  GenerationPlan,
  GenerationRef,
  ProjectionFailure,
  ProjectionMode,
  ProjectionProgress,
  ProjectionRecord,
  Projections,
  ProjectionUnit,
  RestOfLog,
  RestRequest,
  WorkRequest,
} from './ports/projections.ts';
export type {
  ConsumeOptions,
  Consumer,
  Deliver,
  Delivery,
  OutgoingMessage,
  Reply,
  ReplyError,
  RequestOptions,
  Transport,
  TransportCapabilities,
  TransportSubscription,
  UnreadableMessage,
} from './ports/transport.ts';
export type {
  Due,
  PendingMessage,
  PendingPage,
  PendingQuery,
  ReleasedMessages,
  ScheduledMessage,
  ScheduledMessages,
} from './ports/scheduled-messages.ts';
export type {
  ScheduleDefinition,
  ScheduleFiring,
  Schedules,
  StoredSchedule,
} from './ports/schedules.ts';
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
export type {
  App,
  Health,
  SettledOptions,
  SettledRecord,
  StartOptions,
  StopOptions,
} from './app/app.ts';
export type { AppOptions, CompleteBindings, MissingTokens } from './app/app-options.ts';
export { createApp, createUncheckedApp } from './app/create-app.ts';
export type { DeadLetterOffice } from './app/dead-letter-office.ts';
export type {
  DispatchOptions,
  ExecuteOptions,
  MessageBus,
  PublicationOptions,
  RequestCommandOptions,
  WaitTarget,
} from './bus/message-bus.ts';
export type {
  DependencyResolver,
  MessageScope,
  Requirement,
  ResolutionPlan,
} from './composition/resolver.ts';
export type { DeliveryRecord } from './consumer/outcome-recorder.ts';
export { compareContracts, describeChanges } from './contract/compare-contracts.ts';
export type { ContractChange, ContractComparison } from './contract/compare-contracts.ts';
export { contractOf, formatContract } from './contract/contract-of.ts';
export type { ContractOptions } from './contract/contract-of.ts';
export type { Contract, JsonSchema, MessageContract, MessageUse } from './contract/contract.ts';
export { decodeMessage } from './envelope/decode-message.ts';
export { encodeMessage } from './envelope/encode-message.ts';
export type { EnvelopeOrigin } from './envelope/encode-message.ts';
export { fingerprintOf } from './envelope/fingerprint.ts';
export { defaultMessageLimits } from './envelope/limits.ts';
export type { MessageLimits } from './envelope/limits.ts';
export { currentCall } from './execution/current-call.ts';
export type { CurrentCall } from './execution/current-call.ts';
export { handle } from './handlers/command-handler.ts';
export type { CommandHandler, HandlerOptions, HandlerResult } from './handlers/command-handler.ts';
export { feature } from './handlers/feature.ts';
export type { Feature, FeaturePart } from './handlers/feature.ts';
export { schedule } from './handlers/schedule.ts';
export type { Misfire, Schedule, ScheduleOptions } from './handlers/schedule.ts';
export { projection } from './handlers/projection.ts';
export type {
  BatchHandling,
  EventHandling,
  ProjectedEvent,
  ProjectedEventContext,
  Projection,
  ProjectionContext,
  ProjectionSettings,
} from './handlers/projection.ts';
export { on } from './handlers/subscription.ts';
export type {
  AnyEventDefinition,
  Subscription,
  SubscriptionOptions,
} from './handlers/subscription.ts';
export { jsonLogger } from './logging/json-logger.ts';
export type { JsonLoggerOptions, LogLevel } from './logging/json-logger.ts';
export type { Receipt } from './bus/receipt.ts';
export { middleware } from './middleware/middleware.ts';
export type { Call, Middleware, Next } from './middleware/middleware.ts';
export { processManager } from './processes/process-manager.ts';
export type {
  AnyProcessManager,
  ProcessContext,
  ProcessDefinition,
  ProcessManager,
  ProcessResult,
  ProcessStep,
  TimeoutChanges,
  TimeoutDue,
} from './processes/process-manager.ts';
export { processKey, processTransition } from './processes/process-transition.ts';
export type { ProcessOccurrence, ProcessTransition } from './processes/process-transition.ts';
export type {
  FollowOptions,
  ProjectionName,
  ProjectionOffice,
  SkippedEvent,
  WaitForOptions,
} from './projections/projection-office.ts';
export type {
  BuildStatus,
  GenerationState,
  GenerationStatus,
  ProjectionStatus,
} from './projections/projection-status.ts';
export type { ProjectionOptions } from './projections/projection-runtime.ts';
export { Publication } from './publishing/publication.ts';
export type { RelayOptions } from './relay/relay.ts';
export { defaultRetryPolicy } from './retry/retry-policy.ts';
export type { ErrorMatch, RetryPolicy, RetryRule } from './retry/retry-policy.ts';
export { Backoff } from './time/backoff.ts';
export type { BackoffOptions } from './time/backoff.ts';
export { dueOf, refuseDue } from './scheduled/due.ts';
export type { DueOptions } from './scheduled/due.ts';
export type { ScheduleInfo, ScheduleOffice } from './schedules/schedule-office.ts';
export { systemClock } from './time/system-clock.ts';
export { UuidV7Generator } from './time/uuid-v7.ts';
export { WakeSignal } from './time/wake-signal.ts';
export { OpenedSession } from './transport/opened-session.ts';
