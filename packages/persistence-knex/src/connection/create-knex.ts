import { InvalidOptionsError } from '@tidings/core';
import knexModule, { type Knex } from 'knex';

/** The server ends statements itself; the client gives up this much later, as on a dead network. */
const CLIENT_PATIENCE_MS = 5000;

export interface CreateKnexOptions {
  /** `postgres://user:password@host:port/database`. */
  readonly url: string;
  /** How many connections at most. Default 10; more than 16 rarely helps. */
  readonly poolSize?: number;
  /** The server cancels a statement that takes longer, in milliseconds. Default 30 000. */
  readonly statementTimeoutMs?: number;
  /** The server gives up a statement that waits longer for a lock, in milliseconds. Default 10 000. */
  readonly lockTimeoutMs?: number;
  /** The server ends a transaction that does nothing for longer, in milliseconds. Default 60 000. */
  readonly idleInTransactionTimeoutMs?: number;
  /** How long to wait for a new connection, in milliseconds. Default 5000. */
  readonly connectTimeoutMs?: number;
  /** How long to wait for a free connection of the pool, in milliseconds. Default 15 000. */
  readonly acquireTimeoutMs?: number;
  /** Shown by the server in `pg_stat_activity`. Default `tidings`. */
  readonly applicationName?: string;
}

/**
 * A Knex for Postgres with the settings that a service needs and drivers leave out: every wait has an
 * end, on the server where possible; no dead connection is kept; a half-open one is noticed.
 * Destroy it when the application has stopped.
 *
 * @throws {@link InvalidOptionsError} listing every fault, without the URL, which may hold a password
 */
export function createKnex(options: CreateKnexOptions): Knex {
  const {
    poolSize = 10,
    statementTimeoutMs = 30_000,
    lockTimeoutMs = 10_000,
    idleInTransactionTimeoutMs = 60_000,
    connectTimeoutMs = 5000,
    acquireTimeoutMs = 15_000,
    applicationName = 'tidings',
  } = options;
  const times = {
    statementTimeoutMs,
    lockTimeoutMs,
    idleInTransactionTimeoutMs,
    connectTimeoutMs,
    acquireTimeoutMs,
    poolSize,
  };
  const faults = Object.entries(times)
    .filter(([, value]) => !(Number.isSafeInteger(value) && value > 0))
    .map(([name]) => `${name} must be a whole number above 0`);
  if (!/^postgres(?:ql)?:\/\/./.test(options.url)) faults.push('url must begin with postgres://');
  if (faults.length > 0) throw new InvalidOptionsError('createKnex', faults);
  const connection = {
    connectionString: options.url,
    application_name: applicationName,
    keepAlive: true,
    // Pipelined, so that a statement given up cuts its connection. Knex's stream() does not work then.
    pipeline: true,
    query_timeout: statementTimeoutMs + CLIENT_PATIENCE_MS,
    connectionTimeoutMillis: connectTimeoutMs,
    statement_timeout: statementTimeoutMs,
    lock_timeout: lockTimeoutMs,
    idle_in_transaction_session_timeout: idleInTransactionTimeoutMs,
  };
  return knexModule.knex({
    client: 'pg',
    connection,
    // A minimum above zero would keep connections that died (Knex does not test idle ones).
    pool: { min: 0, max: poolSize },
    acquireConnectionTimeout: acquireTimeoutMs,
    // The values of a statement may be secret, and error messages go to logs.
    compileSqlOnError: false,
  });
}
