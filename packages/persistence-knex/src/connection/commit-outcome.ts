import { setTimeout } from 'node:timers/promises';

import { CommitFailedError, CommitUnknownError } from '@tidings/core';

import { optionalText } from './columns.ts';
import type { Session } from './session.ts';
import type { CommitEvidence } from './transaction.ts';

/** A server that restarts answers again within this time; beyond it the outcome counts as unknown. */
const PATIENCE_MS = 15_000;
const PAUSE_MS = 100;

/**
 * Finds out what became of a commit whose reply was lost: resolves when the transaction committed.
 *
 * @throws {@link CommitFailedError} when it did not, {@link CommitUnknownError} when that cannot be told
 */
export async function commitOutcome(evidence: CommitEvidence, lost: unknown): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  if (evidence.xid === undefined && evidence.isVisible === undefined) {
    throw new CommitUnknownError({ cause: lost });
  }
  for (;;) {
    const outcome = await lookUp(evidence);
    if (outcome === 'committed') return;
    if (outcome === 'aborted') {
      throw new CommitFailedError('the connection was lost before the store had committed', {
        cause: lost,
        transient: true,
      });
    }
    if (outcome === 'unknowable' || performance.now() > deadline) {
      throw new CommitUnknownError({ cause: lost });
    }
    await setTimeout(PAUSE_MS);
  }
}

type Outcome = 'committed' | 'aborted' | 'in progress' | 'unreachable' | 'unknowable';

async function lookUp(evidence: CommitEvidence): Promise<Outcome> {
  let session: Session;
  try {
    session = await evidence.lookup.acquire();
  } catch {
    return 'unreachable';
  }
  try {
    if (evidence.xid !== undefined) return await statusOf(session, evidence.xid);
    if (await evidence.isVisible?.(session)) return 'committed';
    // What is not there may still come: the server may not have read the COMMIT yet.
    return 'in progress';
  } catch {
    return 'unreachable';
  } finally {
    evidence.lookup.release(session);
  }
}

/** Reads the commit log; locks nothing. Null means that the server has forgotten so old an id. */
async function statusOf(session: Session, xid: string): Promise<Outcome> {
  const { rows } = await session.run({
    text: 'select pg_xact_status($1::text::xid8) as status',
    values: [xid],
  });
  const status = optionalText(rows[0]?.['status']);
  return status === 'committed' || status === 'aborted' || status === 'in progress'
    ? status
    : 'unknowable';
}
