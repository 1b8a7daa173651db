export {
  checkpointConformance,
  deadLetterConformance,
  heldDeliveriesConformance,
  inboxConformance,
  leaseConformance,
  messageLogConformance,
  migrationConformance,
  persistenceConformance,
  processConformance,
  projectionConformance,
  repositoryConformance,
  scheduleConformance,
  scheduledMessageConformance,
  unitOfWorkConformance,
} from './persistence/persistence-conformance.ts';
export { Entered, Ledger, ledgerMapping } from './persistence/ledger.ts';
export type { LedgerState } from './persistence/ledger.ts';
export type {
  CommitFault,
  LedgerRepository,
  PersistenceCapability,
  PersistenceFixture,
  PersistenceHarness,
  Tally,
} from './persistence/persistence-harness.ts';
export type { Capability, Harness } from './row.ts';
export { transportConformance } from './transport/transport-conformance.ts';
export type { TransportConformanceOptions } from './transport/transport-conformance.ts';
export type {
  Refusal,
  TransportCapability,
  TransportFixture,
  TransportHarness,
} from './transport/transport-harness.ts';
export { TallyModel } from './projections/projection-harness.ts';
export type {
  ProjectionCapability,
  ProjectionFixture,
  ProjectionHarness,
} from './projections/projection-harness.ts';
export { projectionRuntimeConformance } from './projections/projection-runtime-conformance.ts';
export { runtimeConformance } from './runtime/runtime-conformance.ts';
export type {
  RuntimeCapability,
  RuntimeFixture,
  RuntimeHarness,
} from './runtime/runtime-harness.ts';
