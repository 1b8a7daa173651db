import { setImmediate } from 'node:timers/promises';

import { PersistenceUnavailableError } from '@tidings/core';
import type { Knex } from 'knex';

import { inTime } from './in-time.ts';
import { isPglite, PgliteSession } from './pglite-session.ts';
import { PgSession, type PgConnection } from './pg-session.ts';
import type { Session, SessionPool } from './session.ts';
import { storeError } from './store-error.ts';

/** PGlite answers in microtasks, so timers and sockets starve unless it makes room this often. */
const PGLITE_YIELD_MS = 5;
/**
 * What is lent when the pool closes may take this long to come back. Knex would wait for it for ever,
 * so a unit that nobody ended would keep the whole application from stopping.
 */
const CLOSE_PATIENCE_MS = 1000;

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
  readonly #lent = new Set<Session>();
  #allBack: (() => void) | undefined;
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

  async acquire(signal?: AbortSignal): Promise<Session> {
    this.#assertOpen();
    signal?.throwIfAborted();
    const lending = this.#lend();
    const connection = await (signal === undefined
      ? lending
      : this.#unlessAborted(lending, signal));
    if (this.#closed) {
      void this.#client.releaseConnection(connection);
      this.#assertOpen();
    }
    const session = this.#sessionOf(connection);
    this.#lent.add(session);
    if (!session.tellsTag) await this.#makeRoom();
    return session;
  }

  release(session: Session): void {
    if (!this.#lent.delete(session)) return;
    // Whoever had it may still hold on to it.
    if (session.lost) this.#sessions.delete(session.connection);
    // Knex releases synchronously; what it returns has resolved already.
    void this.#client.releaseConnection(session.connection);
    if (this.#lent.size === 0) this.#allBack?.();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#lent.size > 0) {
      const allBack = new Promise<void>((resolve) => {
        this.#allBack = resolve;
      });
      await inTime(allBack, CLOSE_PATIENCE_MS);
    }
    for (const session of this.#lent) {
      session.destroy(new Error('Connection terminated: the store was closed.'));
      this.release(session);
    }
    await this.#own?.close();
  }

  #assertOpen(): void {
    if (!this.#closed) return;
    throw new PersistenceUnavailableError('it is closed; start the application first');
  }

  async #lend(): Promise<object> {
    try {
      return await this.#client.acquireConnection();
    } catch (error) {
      throw storeError(error, 'What was to be read');
    }
  }

  /** Gives the connection up when the signal aborts, and gives it back should it come after that. */
  #unlessAborted(lending: Promise<object>, signal: AbortSignal): Promise<object> {
    return new Promise((resolve, reject) => {
      const giveUp = (): void => {
        // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- the caller's own reason
        reject(signal.reason);
        lending.then(
          (connection) => this.#client.releaseConnection(connection),
          () => {},
        );
      };
      signal.addEventListener('abort', giveUp, { once: true });
      // From the moment it is handed out it must not be given back here.
      const settled = (): void => signal.removeEventListener('abort', giveUp);
      lending.then(settled, settled);
      lending.then(resolve, reject);
    });
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
