import { describe } from 'vitest';

import { describeRows } from '../row.ts';
import { checkpointRows } from './checkpoint-rows.ts';
import { deadLetterRows } from './dead-letter-rows.ts';
import { generationRows } from './generation-rows.ts';
import { heldDeliveriesRows } from './held-deliveries-rows.ts';
import { idConflictRows } from './id-conflict-rows.ts';
import { inboxRows } from './inbox-rows.ts';
import { leaseRows } from './lease-rows.ts';
import { leftKeyRows } from './left-key-rows.ts';
import { messageLogRows } from './message-log-rows.ts';
import { migrationRows } from './migration-rows.ts';
import type { PersistenceHarness } from './persistence-harness.ts';
import { processRows } from './process-rows.ts';
import { projectionRows } from './projection-rows.ts';
import { projectionWriterRows } from './projection-writer-rows.ts';
import { repositoryRows } from './repository-rows.ts';
import { scheduleRows } from './schedule-rows.ts';
import { scheduledChangeRows } from './scheduled-change-rows.ts';
import { scheduledMessageRows } from './scheduled-message-rows.ts';
import { unitOfWorkRows } from './unit-of-work-rows.ts';

/** P1–P7. */
export function unitOfWorkConformance(name: string, harness: PersistenceHarness): void {
  describeRows(`${name} units of work`, harness, unitOfWorkRows);
}

/** P8–P10. */
export function repositoryConformance(name: string, harness: PersistenceHarness): void {
  describeRows(`${name} repositories`, harness, repositoryRows);
}

/** P11–P14, P16 and P17. */
export function messageLogConformance(name: string, harness: PersistenceHarness): void {
  describeRows(`${name} message log`, harness, messageLogRows);
}

/** P18–P20 and S15, and the same for intents. */
export function inboxConformance(name: string, harness: PersistenceHarness): void {
  describeRows(`${name} inbox`, harness, [...inboxRows, ...idConflictRows]);
}

/** P27. */
export function checkpointConformance(name: string, harness: PersistenceHarness): void {
  describeRows(`${name} checkpoints`, harness, checkpointRows);
}

/** P27–P30, of the store. */
export function projectionConformance(name: string, harness: PersistenceHarness): void {
  const rows = [...projectionRows, ...generationRows, ...projectionWriterRows];
  describeRows(`${name} projections`, harness, rows);
}

/** H1–H10: retries that keep the order of their key. */
export function heldDeliveriesConformance(name: string, harness: PersistenceHarness): void {
  describeRows(`${name} held deliveries`, harness, [...heldDeliveriesRows, ...leftKeyRows]);
}

/** P22–P26. */
export function processConformance(name: string, harness: PersistenceHarness): void {
  describeRows(`${name} processes`, harness, processRows);
}

/** P31 and P32: messages that wait for their time. */
export function scheduledMessageConformance(name: string, harness: PersistenceHarness): void {
  describeRows(`${name} scheduled messages`, harness, [
    ...scheduledMessageRows,
    ...scheduledChangeRows,
  ]);
}

/** P31, P32 and P35 for schedules, which fire again and again. */
export function scheduleConformance(name: string, harness: PersistenceHarness): void {
  describeRows(`${name} schedules`, harness, scheduleRows);
}

/** P33. */
export function deadLetterConformance(name: string, harness: PersistenceHarness): void {
  describeRows(`${name} dead letters`, harness, deadLetterRows);
}

/** P34. */
export function leaseConformance(name: string, harness: PersistenceHarness): void {
  describeRows(`${name} leases`, harness, leaseRows);
}

/** P35. */
export function migrationConformance(name: string, harness: PersistenceHarness): void {
  describeRows(`${name} start and close`, harness, migrationRows);
}

/**
 * Proves that a store keeps the contract of the ports of persistence: runs all suites of this folder.
 *
 * @example
 * persistenceConformance('Postgres', postgresHarness);
 */
export function persistenceConformance(name: string, harness: PersistenceHarness): void {
  // oxlint-disable-next-line vitest/valid-title -- a string, says the type
  describe(name, () => {
    unitOfWorkConformance(name, harness);
    repositoryConformance(name, harness);
    messageLogConformance(name, harness);
    inboxConformance(name, harness);
    checkpointConformance(name, harness);
    projectionConformance(name, harness);
    heldDeliveriesConformance(name, harness);
    processConformance(name, harness);
    scheduledMessageConformance(name, harness);
    scheduleConformance(name, harness);
    deadLetterConformance(name, harness);
    leaseConformance(name, harness);
    migrationConformance(name, harness);
  });
}
