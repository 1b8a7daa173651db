import {
  fingerprintOf,
  type Envelope,
  type LeaseGrant,
  type LoggedMessage,
  type Persistence,
  type ReceivedDelivery,
  type UnitOfWork,
} from '@tidings/core';

import type { Row } from '../row.ts';
import { Ledger } from './ledger.ts';
import type {
  LedgerRepository,
  PersistenceCapability,
  PersistenceFixture,
} from './persistence-harness.ts';

/** Longer than any machine takes for what a row waits for. */
const PATIENCE_MS = 15_000;

export type PersistenceRow = Row<PersistenceFixture, PersistenceCapability>;

/** A message as a unit stores it. */
export function messageOf(id: string, attributes: Partial<Envelope> = {}): Envelope {
  return {
    id,
    kind: 'event',
    type: 'conformance.Entered',
    source: 'conformance',
    time: '2026-01-01T00:00:00.000Z',
    dataversion: 1,
    correlationid: `correlation of ${id}`,
    body: JSON.stringify({ entry: id }),
    ...attributes,
  };
}

/** The delivery of the message {@link messageOf}, as a unit receives it. */
export function deliveryOf(
  subscription: string,
  messageId: string,
  key?: string,
): ReceivedDelivery {
  return { subscription, messageId, key, fingerprint: fingerprintOf(messageOf(messageId)) };
}

/** Does `work` in a unit of work and commits it with `messages`; rolls back and throws on what it throws. */
export async function inUnit<T>(
  { persistence, repository }: Pick<PersistenceFixture, 'persistence' | 'repository'>,
  work: (ledgers: LedgerRepository, unit: UnitOfWork) => T | Promise<T>,
  messages: readonly Envelope[] = [],
): Promise<T> {
  const unit = await persistence.begin();
  try {
    const result = await work(repository(unit), unit);
    await unit.commit({ messages });
    return result;
  } finally {
    await unit.rollback();
  }
}

/** Saves a new ledger. */
export async function addLedger(
  fixture: PersistenceFixture,
  id: string,
  ...entries: readonly unknown[]
): Promise<void> {
  await inUnit(fixture, (ledgers) => ledgers.add(new Ledger(id, 0, entries)));
}

/** The entries of a saved ledger, as another unit sees them; `undefined` when there is none. */
export function entriesOf(
  fixture: Pick<PersistenceFixture, 'persistence' | 'repository'>,
  id: string,
): Promise<readonly unknown[] | undefined> {
  return inUnit(fixture, async (ledgers) => (await ledgers.get(id))?.entries);
}

/** Takes a lease that nobody else has. */
export async function leaseOf(
  persistence: Persistence,
  name = 'relay',
  owner = 'node-1',
  ttlMs = 60_000,
): Promise<LeaseGrant> {
  const grant = await persistence.leases.acquire(name, owner, ttlMs);
  if (grant === undefined) throw new Error(`the lease ${name} is not free`);
  return grant;
}

/** Gives every committed message its position and reads the whole log. */
export async function readLog(persistence: Persistence): Promise<readonly LoggedMessage[]> {
  const lease = await leaseOf(persistence);
  while ((await persistence.log.sequence(lease, 500)) === 500);
  return persistence.log.read(0, 100_000);
}

/** The ids in the log, in order. */
export async function loggedIds(persistence: Persistence): Promise<readonly string[]> {
  return (await readLog(persistence)).map(({ envelope }) => envelope.id);
}

/** How a promise ended. */
export async function outcomeOf<T>(
  promise: Promise<T>,
): Promise<{ value: T } | { error: unknown }> {
  try {
    return { value: await promise };
  } catch (error) {
    return { error };
  }
}

/** How far the store's clock is moved between two looks. */
const STEP_MS = 20;

/**
 * Lets the store's time pass until `look` gives something, and resolves with that. What waits for a
 * moment is proved so, however fast or slow the machine is.
 */
export async function elapsing<T>(
  { elapse }: Pick<PersistenceFixture, 'elapse'>,
  look: () => Promise<T | undefined>,
): Promise<T> {
  const end = performance.now() + PATIENCE_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() >= end) throw new Error(`nothing came within ${PATIENCE_MS} ms`);
    await elapse(STEP_MS);
  }
}
