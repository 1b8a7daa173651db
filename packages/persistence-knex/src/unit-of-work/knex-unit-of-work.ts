import {
  InvalidOptionsError,
  token,
  UnitOfWorkEndedError,
  type AggregateTracker,
  type CommitRequest,
  type Intent,
  type ReceivedDelivery,
  type ReceiveResult,
  type RecordedEvent,
  type StoredOutcome,
  type Token,
  type UnitOfWork,
  type UnitProcesses,
} from '@tidings/core';
import type { Aggregate } from '@tidings/domain';
import type { Knex } from 'knex';

import { noted, Transaction } from '../connection/transaction.ts';
import type { Session, SessionPool, Statement, StatementResult } from '../connection/session.ts';
import { storeError } from '../connection/store-error.ts';
import { optionalText } from '../connection/columns.ts';
import { withValues, type Schema } from '../connection/schema.ts';
import { claimIntent, storeOutcome } from '../inbox/intents.ts';
import { receive, settleClaim } from '../inbox/receive.ts';
import { insertionOf } from '../log/insert-messages.ts';
import { ProcessChanges } from '../processes/process-changes.ts';
import { removalOf, schedulingOf } from '../scheduled/knex-scheduled-messages.ts';
import { advanceOf, KnexProjectionUnit } from '../projections/projection-unit.ts';
import { knexFacade } from './knex-facade.ts';
import { TrackedAggregates, type TrackingMark } from './tracked-aggregates.ts';
import type { UnitStatements } from './unit-statements.ts';
import { compileWrite, type Changes } from './write.ts';

/** What repositories on Knex need of a unit of work. */
export interface KnexUnitOfWork extends UnitOfWork, AggregateTracker<Changes> {
  /** Forgets how an aggregate was to be saved, so that it can be tracked anew, to be deleted say. */
  untrack(aggregate: Aggregate): void;
  /** A Knex whose queries run in this unit's transaction. Refuses queries after the unit's end. */
  readonly knex: Knex;
  /**
   * Runs one statement in this unit's transaction. It is written at once, so statements that do not
   * need each other's results may be sent together, and are answered in one round trip.
   */
  run(statement: Statement): Promise<StatementResult>;
  /** The schema of Tidings, quoted: where the functions are that check versions. */
  readonly schema: string;
  /** The aggregates of one kind that this unit has loaded or that were added to it, by id. */
  identities(kind: string): Map<string, Aggregate>;
}

/** The unit of work of the message that is handled. */
export const KnexUnit: Token<KnexUnitOfWork> = token<KnexUnitOfWork>('KnexUnit');

/** A Knex whose queries run in the transaction of the message that is handled. */
export const KnexTransaction: Token<Knex> = token<Knex>('KnexTransaction');

/** What units of one store share. */
export interface UnitEnvironment {
  readonly db: Knex;
  readonly pool: SessionPool;
  readonly control: SessionPool;
  readonly schema: Schema;
  readonly statements: UnitStatements;
}

/** A unit of work on one connection; made by the persistence. */
export class PostgresUnitOfWork implements KnexUnitOfWork {
  readonly transaction: Transaction;
  readonly #with: UnitEnvironment;
  readonly #aggregates = new TrackedAggregates();
  #state: UnitOfWork['state'] = 'open';
  #committing = false;
  #facade: Knex | undefined;
  #xid: string | undefined;
  #processes: ProcessChanges | undefined;
  #intent: Intent | undefined;
  #claimed: ReceivedDelivery | undefined;
  #projections: KnexProjectionUnit | undefined;
  #savepoints = 0;

  constructor(environment: UnitEnvironment, session: Session) {
    this.#with = environment;
    this.transaction = new Transaction(session);
  }

  get state(): UnitOfWork['state'] {
    return this.#state;
  }

  get schema(): string {
    return this.#with.schema.quoted;
  }

  get knex(): Knex {
    this.#facade ??= knexFacade(this.#with.db, this);
    return this.#facade;
  }

  get projections(): KnexProjectionUnit {
    this.assertOpen('work on a projection');
    this.#projections ??= new KnexProjectionUnit(
      this.#with.statements.projections,
      (statement) => this.run(statement),
      (statement) => {
        // Work that was given up may end only when the connection is somebody else's.
        if (this.#state === 'open' && !this.#committing) this.transaction.post(statement);
      },
    );
    return this.#projections;
  }

  assertOpen(operation: string): void {
    if (this.#state !== 'open') throw new UnitOfWorkEndedError(operation, this.#state);
    if (this.#committing) throw new UnitOfWorkEndedError(operation, 'being committed');
  }

  async run(statement: Statement): Promise<StatementResult> {
    this.assertOpen('query the database');
    return await this.#run(statement);
  }

  identities(kind: string): Map<string, Aggregate> {
    this.assertOpen('use its repositories');
    return this.#aggregates.identities(kind);
  }

  track(aggregate: Aggregate, changes: () => Changes | undefined): void {
    this.assertOpen('track an aggregate');
    this.#aggregates.track(aggregate, changes);
  }

  untrack(aggregate: Aggregate): void {
    this.assertOpen('untrack an aggregate');
    this.#aggregates.untrack(aggregate);
  }

  recorded(): readonly RecordedEvent[] {
    this.assertOpen('read recorded events');
    return this.#aggregates.recorded();
  }

  get processes(): UnitProcesses {
    return (this.#processes ??= new ProcessChanges(
      this.#with.statements.processes,
      this.#send,
      (operation) => this.assertOpen(operation),
    ));
  }

  async receive(delivery: ReceivedDelivery): Promise<ReceiveResult> {
    this.assertOpen('receive a delivery');
    const { result, xid } = await receive(this.#send, this.#with.statements.receive, delivery);
    this.#xid = xid;
    if (delivery.claim !== undefined && (result === 'first' || result === 'duplicate')) {
      this.#claimed = delivery;
    }
    return result;
  }

  async claimIntent(intent: Intent): Promise<StoredOutcome | undefined> {
    this.assertOpen('claim an intent');
    const stored = await claimIntent(this.#send, this.#with.statements.intents, intent);
    if (stored === undefined) this.#intent = intent;
    return stored;
  }

  async savepoint<T>(work: () => Promise<T>): Promise<T> {
    this.assertOpen('make a savepoint');
    this.#savepoints += 1;
    const name = `tidings_${this.#savepoints}`;
    const mark = this.#aggregates.mark();
    const processes = this.#processes?.mark();
    this.#run({ text: `savepoint ${name}` }).catch(noted);
    try {
      const result = await work();
      this.assertOpen('release a savepoint');
      await this.#run({ text: `release savepoint ${name}` });
      return result;
    } catch (error) {
      if (this.#state === 'open') {
        this.#processes?.rollBackTo(processes ?? new Map());
        await this.#rollBackTo(name, mark);
      }
      throw error;
    }
  }

  async commit(request: CommitRequest): Promise<void> {
    this.assertOpen('commit');
    this.#committing = true;
    try {
      await this.#flushAndCommit(request);
    } catch (error) {
      this.#committing = false;
      await this.rollback();
      throw error;
    }
    this.#end('committed');
  }

  async rollback(): Promise<void> {
    if (this.#state !== 'open' || this.#committing) return;
    this.#committing = true;
    await this.transaction.rollback();
    this.#end('rolled-back');
  }

  async #rollBackTo(savepoint: string, mark: TrackingMark): Promise<void> {
    this.#aggregates.rollBackTo(mark);
    try {
      await this.#run({ text: `rollback to savepoint ${savepoint}` });
      this.transaction.forgetFailure();
    } catch (error) {
      // The work's own error is what the caller gets; this one is kept, and makes the commit fail.
      this.transaction.fail(error);
    }
  }

  async #flushAndCommit(request: CommitRequest): Promise<void> {
    const dirty = this.#aggregates.dirty();
    const writes = dirty.flatMap(({ changes }) => changes.map(compileWrite));
    for (const write of writes) this.transaction.post(write);
    for (const write of this.#processes?.writes() ?? []) this.transaction.post(write);
    const pending = this.#bookkeeping(request);
    await this.transaction.commit(pending, () => this.#evidence(request));
    for (const { aggregate } of dirty) aggregate.markSaved(aggregate.version + 1);
  }

  /** The rows of our own tables, after those of the aggregates, whose locks decide the order of the log. */
  #bookkeeping({ messages, intentResult, ...others }: CommitRequest): Promise<unknown>[] {
    const { statements } = this.#with;
    const sent: Promise<unknown>[] = [];
    if (this.#claimed?.claim !== undefined) {
      sent.push(...settleClaim(this.#send, statements.receive, this.#claimed.claim));
    }
    if (this.#intent !== undefined && intentResult !== undefined) {
      sent.push(storeOutcome(this.#send, statements.intents, this.#intent, intentResult));
    }
    const { scheduled = [], cancelled = [], progress } = others;
    if (progress !== undefined) {
      this.transaction.post(advanceOf(statements.projections, progress), this.#noteXid);
    }
    if (scheduled.length > 0) {
      this.transaction.post(schedulingOf(statements.scheduled, scheduled), this.#noteXid);
    }
    if (cancelled.length > 0) this.transaction.post(removalOf(statements.scheduled, cancelled));
    const tellsXid = scheduled.length > 0 || progress !== undefined || this.#xid !== undefined;
    if (messages.length > 0) {
      this.transaction.post(insertionOf(statements.log, messages), this.#noteXid);
    } else if (!tellsXid && this.transaction.begun) {
      this.transaction.post(withValues(statements.xid, []), this.#noteXid);
    }
    return sent;
  }

  #evidence({ messages }: CommitRequest): ReturnType<Parameters<Transaction['commit']>[1]> {
    const [first] = messages;
    const { control, statements } = this.#with;
    return {
      xid: this.#xid,
      lookup: control,
      isVisible:
        first === undefined
          ? undefined
          : async (session) => {
              const { rows } = await session.run(withValues(statements.log.find, [first.id]));
              return rows.length > 0;
            },
    };
  }

  readonly #noteXid = ({ rows }: StatementResult): void => {
    this.#xid ??= optionalText(rows[0]?.['xid']);
  };

  readonly #send = (statement: Statement): Promise<StatementResult> => this.#run(statement);

  async #run(statement: Statement): Promise<StatementResult> {
    try {
      return await this.transaction.run(statement);
    } catch (error) {
      throw storeError(error, 'What this unit of work reads and changes');
    }
  }

  #end(state: 'committed' | 'rolled-back'): void {
    this.#state = state;
    this.#aggregates.clear();
    this.#with.pool.release(this.transaction.session);
  }
}

/**
 * The unit of work as this package's own kind.
 *
 * @throws {@link InvalidOptionsError} when the unit belongs to another store
 */
export function asKnexUnit(unit: UnitOfWork): KnexUnitOfWork {
  if (unit instanceof PostgresUnitOfWork) return unit;
  throw new InvalidOptionsError('asKnexUnit', [
    'the unit of work does not belong to knexPersistence(); compose the application with it, or bind another repository',
  ]);
}
