import { InvalidOptionsError } from '@tidings/core';
import type { Knex } from 'knex';

export interface PostgresMessagingOptions {
  /**
   * The Postgres schema of the tables. Services that are to understand each other use the same database and
   * schema. Default `tidings_messaging`.
   */
  readonly schema?: string;
  /**
   * How many connections at most, beside the pool of the Knex and one that listens, so that deliveries go on
   * while handlers use up that pool. 0 shares the pool. Default 4. On PGlite there is one connection in all.
   */
  readonly connections?: number;
  /**
   * How many messages of a partition a process has at most that are not settled; of one key they count as one.
   * More keep more keys busy, and make the death of a process dearer, after which what it had is tried by way
   * of the store. Never less than the concurrency. Default 32.
   */
  readonly prefetch?: number;
  /** How many messages a relay has on the way at most. Default 1000. */
  readonly publishWindow?: number;
  /**
   * How long, in milliseconds, what a process had is left alone that died without a word. Longer than the
   * event loop is ever held up. Default 5000.
   */
  readonly leaseMs?: number;
  /**
   * Whether a connection listens for news. Behind a pooler that lends connections per transaction it would hear
   * nothing. Default `true`.
   */
  readonly listen?: boolean;
  /** How often, in milliseconds, it is looked for messages where nobody listens. Default 200. */
  readonly pollMs?: number;
  /** After how long, in milliseconds, a statement that is not answered has failed. Default 10 000. */
  readonly statementTimeoutMs?: number;
}

/** All options, with their defaults. */
export type Settings = Required<PostgresMessagingOptions>;

/**
 * Checks the options and fills in what is left out.
 *
 * @throws {@link InvalidOptionsError} with every fault
 */
export function settingsOf(db: Knex, options: PostgresMessagingOptions): Settings {
  const settings: Settings = {
    schema: 'tidings_messaging',
    connections: 4,
    prefetch: 32,
    publishWindow: 1000,
    leaseMs: 5000,
    listen: true,
    pollMs: 200,
    statementTimeoutMs: 10_000,
    ...options,
  };
  const { prefetch, publishWindow, leaseMs, pollMs, statementTimeoutMs } = settings;
  const faults = [
    ...((db.client as Knex.Client).dialect === 'postgresql'
      ? []
      : ['db must be a Knex for Postgres or PGlite']),
    ...(isWhole(settings.connections, 0) ? [] : ['connections must be a whole number from 0']),
    ...Object.entries({ prefetch, publishWindow, pollMs, statementTimeoutMs })
      .filter(([, value]) => !isWhole(value, 1))
      .map(([name]) => `${name} must be a whole number above 0`),
    ...(isWhole(leaseMs, 100) ? [] : ['leaseMs must be a whole number from 100']),
  ];
  if (faults.length > 0) throw new InvalidOptionsError('postgresMessaging', faults);
  return settings;
}

function isWhole(value: number, least: number): boolean {
  return Number.isSafeInteger(value) && value >= least;
}
