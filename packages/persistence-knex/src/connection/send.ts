import { storeError } from './store-error.ts';
import type { Session, SessionPool, Statement, StatementResult } from './session.ts';
import { Transaction } from './transaction.ts';

/** Sends one statement in a transaction that somebody else owns. */
export type Send = (statement: Statement) => Promise<StatementResult>;

/** Runs one statement in a transaction of its own, on a connection of the pool. */
export async function runAlone(pool: SessionPool, statement: Statement): Promise<StatementResult> {
  const session = await pool.acquire();
  try {
    return await session.run(statement);
  } catch (error) {
    throw lost(session, error);
  } finally {
    pool.release(session);
  }
}

/** Runs `work` in one transaction and commits; its failure undoes everything. */
export async function inTransaction<T>(
  pool: SessionPool,
  work: (send: Send) => Promise<T>,
): Promise<T> {
  const session = await pool.acquire();
  const transaction = new Transaction(session);
  try {
    const result = await work((statement) => transaction.run(statement));
    await transaction.commit([], () => ({
      xid: undefined,
      isVisible: undefined,
      lookup: pool,
    }));
    return result;
  } catch (error) {
    await transaction.rollback();
    throw lost(session, error);
  } finally {
    pool.release(session);
  }
}

function lost(session: Session, error: unknown): unknown {
  const known = storeError(error, 'What was to be written');
  if ((known as { code?: unknown }).code === 'TIDINGS_PERSISTENCE_UNAVAILABLE') {
    session.destroy(error as Error);
  }
  return known;
}
