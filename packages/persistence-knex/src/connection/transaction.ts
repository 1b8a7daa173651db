import { CommitFailedError } from '@tidings/core';

import { commitOutcome } from './commit-outcome.ts';
import { inTime } from './in-time.ts';
import type { Answered, Session, SessionPool, Statement, StatementResult } from './session.ts';
import { commitError, errorCode, isUnavailable, reasonOf } from './store-error.ts';

/**
 * How long a rollback waits for statements that still run before it cuts the connection, and then for
 * these to fail.
 */
const ROLLBACK_PATIENCE_MS = 1000;

const BEGIN: Statement = { text: 'begin isolation level read committed read write' };
const COMMIT: Statement = { text: 'commit' };
const ROLLBACK: Statement = { text: 'rollback' };
/** Fails where an earlier statement failed and its error was swallowed (N1). */
const PROBE: Statement = { text: 'select 1 as alive' };
const IN_FAILED_TRANSACTION = '25P02';

/** What can be looked up about a commit whose reply was lost. */
export interface CommitEvidence {
  /** The transaction's id, as soon as the server has told it. */
  readonly xid: string | undefined;
  /** Whether something that only this transaction wrote is there. */
  readonly isVisible: ((session: Session) => Promise<boolean>) | undefined;
  /** Where the outcome is looked up. */
  readonly lookup: SessionPool;
}

/**
 * One transaction on one connection; nothing else in this package begins or ends one. BEGIN goes out
 * together with the first statement, COMMIT with the last ones.
 */
export class Transaction {
  readonly session: Session;
  #begun = false;
  #inFlight = 0;
  #failure: unknown;
  #refusal: unknown;
  #drained: (() => void) | undefined;

  constructor(session: Session) {
    this.session = session;
  }

  /** Whether anything was sent to the server. */
  get begun(): boolean {
    return this.#begun;
  }

  /** The first error of any statement; one contained in a savepoint counts until the next. */
  get failure(): unknown {
    return this.#failure;
  }

  /** Sends BEGIN, unless that was done. Its failure shows in the statements after it. */
  begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    this.#send(BEGIN, noted);
  }

  /** Sends a statement; the ones sent before need not have been answered. */
  run(statement: Statement): Promise<StatementResult> {
    this.begin();
    return new Promise((resolve, reject) => {
      this.#send(statement, (error, result) => {
        if (result === undefined) reject(error);
        else resolve(result);
      });
    });
  }

  /**
   * Sends one of the last statements, whose failure shows in the commit only. Costs less than a
   * promise for each.
   */
  post(statement: Statement, answered: (result: StatementResult) => void = noted): void {
    this.begin();
    this.#send(statement, (error, result) => {
      if (result !== undefined) answered(result);
      else if (this.#refusal === undefined && isAnswer(error)) this.#refusal = error;
    });
  }

  /** Counts a statement that somebody else sent on the connection. */
  observe<T>(sent: Promise<T>): Promise<T> {
    this.#inFlight += 1;
    sent.then(
      () => this.#answered(),
      (error: unknown) => {
        this.#failed(error);
        this.#answered();
      },
    );
    return sent;
  }

  /** Something failed that no statement after it repairs. */
  fail(error: unknown): void {
    this.#failure ??= error;
  }

  /** The error was contained in a savepoint. */
  forgetFailure(): void {
    this.#failure = undefined;
  }

  /**
   * Sends COMMIT, and resolves only when the server has said that it committed. Everything before was
   * answered then.
   *
   * @param pending statements sent but not awaited
   * @param evidence asked for only when the reply is lost
   */
  async commit(
    pending: readonly Promise<unknown>[],
    evidence: () => CommitEvidence,
  ): Promise<void> {
    if (!this.#begun) return;
    for (const sent of pending) sent.catch(noted);
    if (this.session.transaction === 'none' && this.#inFlight === 0) {
      throw new CommitFailedError(
        'the transaction was ended by somebody else, as by a COMMIT in SQL',
      );
    }
    if (this.session.lost) throw commitError(new Error('Connection terminated'));
    if (!this.session.tellsTag) this.post(PROBE);
    let reply: StatementResult | undefined;
    let failure: unknown;
    try {
      reply = await this.run(COMMIT);
    } catch (error) {
      failure = error;
    }
    const outcomes = pending.length > 0 ? await Promise.allSettled(pending) : [];
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected' && isAnswer(outcome.reason)) {
        this.#refusal ??= outcome.reason;
      }
    }
    if (this.#refusal !== undefined) throw commitError(this.#rootCause(this.#refusal));
    if (reply !== undefined) {
      const { tag } = reply;
      if (!this.session.tellsTag || tag === 'COMMIT') return;
      throw new CommitFailedError(
        `the store answered ${tag ?? 'nothing'} to COMMIT because an earlier statement failed (${reasonOf(this.#failure)})`,
        { cause: this.#failure },
      );
    }
    if (!isUnavailable(failure)) throw commitError(failure);
    this.session.destroy(failure as Error);
    await commitOutcome(evidence(), failure);
  }

  /**
   * Undoes everything. Never throws: when the server does not answer, the connection is cut, and the
   * server undoes it then.
   */
  async rollback(): Promise<void> {
    if (!this.#begun || this.session.lost) return;
    if (this.#inFlight === 0 && this.session.transaction === 'none') return;
    const undone = this.session.run(ROLLBACK).then(
      () => true,
      () => false,
    );
    if ((await inTime(undone, ROLLBACK_PATIENCE_MS)) !== true) {
      this.session.destroy(new Error('The transaction could not be rolled back in time.'));
      await inTime(this.#settled(), ROLLBACK_PATIENCE_MS);
    }
  }

  #rootCause(reason: unknown): unknown {
    return errorCode(reason) === IN_FAILED_TRANSACTION && this.#failure !== undefined
      ? new CommitFailedError(`an earlier statement failed (${reasonOf(this.#failure)})`, {
          cause: this.#failure,
        })
      : reason;
  }

  #settled(): Promise<void> {
    if (this.#inFlight === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#drained = resolve;
    });
  }

  #send(statement: Statement, answered: Answered): void {
    this.#inFlight += 1;
    this.session.send(statement, (error, result) => {
      if (result === undefined) this.#failed(error);
      this.#answered();
      answered(error, result);
    });
  }

  #failed(error: unknown): void {
    this.#failure ??= error;
    if (isUnavailable(error)) this.session.destroy(error as Error);
  }

  #answered(): void {
    this.#inFlight -= 1;
    if (this.#inFlight === 0) this.#drained?.();
  }
}

/** For promises whose failure is noted elsewhere. */
export function noted(): void {}

/** Whether the server itself refused the statement: then it never came to the COMMIT after it. */
function isAnswer(error: unknown): boolean {
  return !isUnavailable(error) || /^[0-9A-Z]{5}$/.test(errorCode(error) ?? '');
}
