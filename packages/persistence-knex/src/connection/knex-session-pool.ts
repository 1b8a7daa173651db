import { setImmediate } from 'node:timers/promises';

import { PersistenceUnavailableError } from '@tidings/core';
import type { Knex } from 'knex';

import { isPglite, PgliteSession } from './pglite-session.ts';
import { PgSession, type PgConnection } from './pg-session.ts';
import type { Session, SessionPool } from './session.ts';
import { storeError } from './store-error.ts';

/** PGlite answers in microtasks, so timers and sockets starve unless it makes room this often. */
const PGLITE_YIELD_MS = 5;

/** The functions of a Knex client that lend raw connections. */
export interface LendingClient {
  acquireConnection(): Promise<object>;
  releaseConnection(connection: object): Promise<void>;
}

interface OwnedPool {
  open(): void;
  close(): Promise<void>;
}

/** Lends the raw connections of a Knex pool. */
export class KnexSessionPool implements SessionPool {
  readonly #client: LendingClient;
  readonly #own: OwnedPool | undefined;
  readonly #sessions = new WeakMap<object, Session>();
  #lastYield = performance.now();
  #closed = false;

  /** @param own opens and closes the pool, where it is ours */
  constructor(client: LendingClient, own?: OwnedPool) {
    this.#client = client;
    this.#own = own;
  }

  open(): void {
    if (!this.#closed) return;
    this.#closed = false;
    this.#own?.open();
  }

  async acquire(): Promise<Session> {
    if (this.#closed) {
      throw new PersistenceUnavailableError('it is closed; start the application first');
    }
    let connection: object;
    try {
      connection = await this.#client.acquireConnection();
    } catch (error) {
      throw storeError(error, 'What was to be read');
    }
    const session = this.#sessionOf(connection);
    if (!session.tellsTag) await this.#makeRoom();
    return session;
  }

  release(session: Session): void {
    // Knex releases synchronously; what it returns has resolved already.
    void this.#client.releaseConnection(session.connection);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#own?.close();
  }

  #sessionOf(connection: object): Session {
    let session = this.#sessions.get(connection);
    if (session === undefined) {
      session = isPglite(connection)
        ? new PgliteSession(connection)
        : new PgSession(connection as PgConnection);
      this.#sessions.set(connection, session);
    }
    return session;
  }

  async #makeRoom(): Promise<void> {
    const now = performance.now();
    if (now - this.#lastYield < PGLITE_YIELD_MS) return;
    await setImmediate();
    this.#lastYield = performance.now();
  }
}

/**
 * A small pool of its own with the same connection settings, so that relays, leases and dead letters
 * go on while units of work use up the application's pool (N8). On PGlite, and where the application
 * gave Knex a pool of its own, there is only the one, and it is shared.
 *
 * @param max connections at most
 */
export function controlPoolOf(db: Knex, lending: LendingClient, max: number): SessionPool {
  const client = db.client as Knex.Client & { readonly pglite?: unknown };
  if (client.pglite !== undefined || client.config.connection === undefined || max === 0) {
    return new KnexSessionPool(lending);
  }
  const Client = client.constructor as new (config: Knex.Config) => Knex.Client;
  const control = new Client({
    ...client.config,
    pool: { ...client.config.pool, min: 0, max },
  });
  return new KnexSessionPool(control, {
    open: () => control.initializePool(),
    close: () => (control as unknown as { destroy(): Promise<void> }).destroy(),
  });
}
