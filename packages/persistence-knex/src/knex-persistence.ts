import { currentCall, InvalidOptionsError, type Persistence, type UnitOfWork } from '@tidings/core';
import type { Knex } from 'knex';

import { KnexCheckpoints } from './checkpoints/knex-checkpoints.ts';
import {
  controlPoolOf,
  KnexSessionPool,
  type LendingClient,
} from './connection/knex-session-pool.ts';
import { Schema } from './connection/schema.ts';
import { runAlone } from './connection/send.ts';
import type { SessionPool } from './connection/session.ts';
import { KnexDeadLetters } from './dead-letters/knex-dead-letters.ts';
import { KnexHeldDeliveries } from './held/knex-held-deliveries.ts';
import { KnexInbox } from './inbox/knex-inbox.ts';
import { KnexLeases } from './leases/knex-leases.ts';
import { KnexMessageLog } from './log/knex-message-log.ts';
import { migrate } from './migrations/migrate.ts';
import { KnexProcesses } from './processes/knex-processes.ts';
import { KnexSchedules } from './schedules/knex-schedules.ts';
import { KnexScheduledMessages } from './scheduled/knex-scheduled-messages.ts';
import { KnexProjections } from './projections/knex-projections.ts';
import { EscapedQueryError, EscapeGuard, type EscapePolicy } from './unit-of-work/escape-guard.ts';
import { PostgresUnitOfWork, type UnitEnvironment } from './unit-of-work/knex-unit-of-work.ts';
import { unitStatements } from './unit-of-work/unit-statements.ts';

export interface KnexPersistenceOptions {
  /** The Postgres schema for the tables of Tidings. Default `tidings`. */
  readonly schema?: string;
  /**
   * How many connections beside the pool of `db` are kept for the relay, leases and dead letters, so
   * that they go on while units of work use up the pool. 0 shares the pool. Default 3. On PGlite
   * there is one connection in all.
   */
  readonly controlConnections?: number;
  /**
   * What happens when a handler queries `db` itself instead of its unit of work: the query would run
   * outside the transaction, and could wait for ever for a connection. `throw` fails the query with
   * the place it was made; `warn` logs it. Default `throw`, with NODE_ENV=production `warn`.
   */
  readonly onEscapedQuery?: EscapePolicy;
}

/** Everything that Tidings keeps, in one schema of a Postgres or PGlite database. */
export class KnexPersistence implements Persistence {
  readonly log: KnexMessageLog;
  readonly checkpoints: KnexCheckpoints;
  readonly leases: KnexLeases;
  readonly inbox: KnexInbox;
  readonly held: KnexHeldDeliveries;
  readonly scheduled: KnexScheduledMessages;
  readonly schedules: KnexSchedules;
  readonly deadLetters: KnexDeadLetters;
  readonly processes: KnexProcesses;
  readonly projections: KnexProjections;
  readonly #schema: Schema;
  readonly #pool: SessionPool;
  readonly #control: SessionPool;
  readonly #guard: EscapeGuard;
  readonly #environment: UnitEnvironment;
  readonly #isEmbedded: boolean;

  /**
   * @param db stays the caller's: it is not closed
   * @param warn is told of queries that escape their unit of work, where they are let through
   */
  constructor(db: Knex, options: KnexPersistenceOptions, warn: (message: string) => void) {
    const client = db.client as Knex.Client;
    if (client.dialect !== 'postgresql') {
      throw new InvalidOptionsError('knexPersistence', [
        'db must be a Knex for Postgres or PGlite',
      ]);
    }
    this.#isEmbedded = (client as { readonly pglite?: unknown }).pglite !== undefined;
    const production = process.env['NODE_ENV'] === 'production';
    const lending = lendingClient(client);
    this.#schema = new Schema(options.schema ?? 'tidings');
    this.#pool = new KnexSessionPool(lending);
    const control = controlPoolOf(db, lending, options.controlConnections ?? 3);
    this.#control = this.#isEmbedded ? outsideUnits(control) : control;
    this.#guard = new EscapeGuard(
      db,
      options.onEscapedQuery ?? (production ? 'warn' : 'throw'),
      warn,
    );
    this.log = new KnexMessageLog(this.#control, this.#schema);
    this.checkpoints = new KnexCheckpoints(this.#control, this.#schema);
    this.leases = new KnexLeases(this.#control, this.#schema);
    this.inbox = new KnexInbox(this.#control, this.#schema);
    this.held = new KnexHeldDeliveries(this.#control, this.#schema);
    this.scheduled = new KnexScheduledMessages(this.#control, this.#schema);
    this.schedules = new KnexSchedules(this.#control, this.#schema);
    this.deadLetters = new KnexDeadLetters(this.#control, this.#schema);
    this.processes = new KnexProcesses(this.#control, this.#schema);
    this.projections = new KnexProjections(this.#control, this.#schema);
    this.#environment = {
      db,
      pool: this.#pool,
      control: this.#control,
      schema: this.#schema,
      statements: unitStatements(this.#schema),
    };
  }

  async begin(options?: { signal?: AbortSignal }): Promise<UnitOfWork> {
    if (this.#isEmbedded) refuseInUnit();
    return new PostgresUnitOfWork(this.#environment, await this.#pool.acquire(options?.signal));
  }

  async start(): Promise<void> {
    this.#pool.open();
    this.#control.open();
    this.#guard.start();
    await migrate(this.#control, this.#schema);
  }

  async ping(): Promise<void> {
    await runAlone(this.#control, { text: 'select 1' });
  }

  async close(): Promise<void> {
    this.#guard.stop();
    await this.#pool.close();
    await this.#control.close();
  }
}

/** With a single connection whatever a handler does beside its open unit would wait for that unit. */
function refuseInUnit(): void {
  const call = currentCall();
  if (call?.unit.state === 'open') throw new EscapedQueryError(call.handler, '');
}

function outsideUnits(pool: SessionPool): SessionPool {
  return {
    async acquire(signal) {
      refuseInUnit();
      return pool.acquire(signal);
    },
    release: (session) => pool.release(session),
    open: () => pool.open(),
    close: () => pool.close(),
  };
}

function lendingClient(client: Knex.Client): LendingClient {
  const lending: LendingClient = client;
  // Bound to what they are now: the guard replaces the client's own, for everybody else.
  return {
    acquireConnection: lending.acquireConnection.bind(client),
    releaseConnection: lending.releaseConnection.bind(client),
  };
}
