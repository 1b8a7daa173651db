// oxlint-disable no-underscore-dangle -- Knex marks a connection that it must not lend again so
import type { Knex } from 'knex';

import type { Connection, Database, Ears, Listening } from './database.ts';
import { TransportUnavailableError } from '../errors.ts';
import { isAnswer, reasonOf } from './fault.ts';
import type { Row, Statement } from './statement.ts';

interface PgQuery {
  readonly name?: string;
  readonly text: string;
  readonly values?: readonly unknown[];
  readonly query_timeout: number;
}

/** The part of `pg.Client` that is used here. */
interface PgConnection {
  __knex__disposed?: unknown;
  readonly connection?: { readonly stream?: { destroy?(): void } };
  query(
    config: PgQuery,
    callback: (error: Error | null, result: { rows: Row[] } | undefined) => void,
  ): void;
  on(event: 'notification', listener: (message: Notification) => void): void;
  on(event: 'error' | 'end', listener: (error?: Error) => void): void;
  removeAllListeners(event: 'notification'): void;
}

interface Notification {
  readonly channel: string;
  readonly payload?: string;
}

/** The part of a Knex client that is used here. */
interface PoolClient {
  readonly config: Knex.Config;
  acquireConnection(): Promise<PgConnection>;
  releaseConnection(connection: PgConnection): Promise<void>;
  acquireRawConnection(): Promise<PgConnection>;
  destroyRawConnection(connection: PgConnection): Promise<void>;
  initializePool(): void;
  destroy(): Promise<void>;
}

export interface ServerDatabaseOptions {
  /** How many connections at most, beside the one that listens. 0 shares the pool of the Knex. */
  readonly connections: number;
  readonly statementTimeoutMs: number;
}

/**
 * A Postgres server, by connections of its own with the settings of the application's Knex: the pool of the
 * handlers may be used up by handlers that wait for what is delivered here (N8).
 */
export class ServerDatabase implements Database {
  readonly isEmbedded = false;
  readonly canListen: boolean;
  readonly #client: PoolClient;
  readonly #isOwn: boolean;
  readonly #timeoutMs: number;
  readonly #lent = new Set<PgConnection>();
  #isOpen = true;

  constructor(db: Knex, { connections, statementTimeoutMs }: ServerDatabaseOptions) {
    const client = db.client as unknown as PoolClient;
    // Where the application gave Knex a pool of its own, there are no settings to connect by.
    this.canListen = client.config.connection !== undefined;
    this.#isOwn = this.canListen && connections > 0;
    this.#client = this.#isOwn ? poolLike(client, connections) : client;
    this.#timeoutMs = statementTimeoutMs;
  }

  async run(statement: Statement): Promise<readonly Row[]> {
    return this.lend((connection) => connection.run(statement));
  }

  async lend<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    const connection = await this.#acquire();
    this.#lent.add(connection);
    try {
      if (!this.#isOpen) throw new Error('Connection terminated: the transport was closed.');
      return await work(this.#connection(connection));
    } catch (error) {
      // Nobody may get a connection that is lost, or on which a statement still runs.
      if (!isAnswer(error)) cut(connection, error);
      throw error;
    } finally {
      // After a close it has been given back already.
      if (this.#lent.delete(connection)) void this.#client.releaseConnection(connection);
    }
  }

  async listen({ channels, hear, deaf }: Ears): Promise<Listening> {
    const raw = await this.#client.acquireRawConnection();
    raw.on('notification', ({ channel, payload = '' }) => hear(channel, payload));
    raw.on('error', deaf);
    raw.on('end', deaf);
    const connection = this.#connection(raw);
    const close = async (): Promise<void> => {
      raw.removeAllListeners('notification');
      cut(raw, new Error('The transport listens no longer.'));
    };
    try {
      for (const channel of channels) await connection.script(`listen "${channel}"`);
    } catch (error) {
      await close();
      throw error;
    }
    return { run: (statement) => connection.run(statement), close };
  }

  open(): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    if (this.#isOwn) this.#client.initializePool();
  }

  async close(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    for (const connection of this.#lent) {
      cut(connection, new Error('Connection terminated: the transport was closed.'));
      void this.#client.releaseConnection(connection);
    }
    this.#lent.clear();
    if (this.#isOwn) await this.#client.destroy();
  }

  async #acquire(): Promise<PgConnection> {
    try {
      return await this.#client.acquireConnection();
    } catch (error) {
      throw new TransportUnavailableError(reasonOf(error), { cause: error });
    }
  }

  #connection(raw: PgConnection): Connection {
    const send = (query: Omit<PgQuery, 'query_timeout'>): Promise<readonly Row[]> =>
      new Promise((resolve, reject) => {
        raw.query({ ...query, query_timeout: this.#timeoutMs }, (error, result) => {
          if (error !== null && error !== undefined) reject(error);
          else resolve(result?.rows ?? []);
        });
      });
    return {
      run: (statement) => send(statement),
      script: async (text) => {
        await send({ text });
      },
    };
  }
}

/** A pool with the same settings, of another size. */
function poolLike({ config, constructor }: PoolClient, max: number): PoolClient {
  const Client = constructor as new (config: Knex.Config) => PoolClient;
  return new Client({ ...config, pool: { ...config.pool, min: 0, max } });
}

/** Ends a connection without asking the server, which may be the one that does not answer. */
function cut(connection: PgConnection, reason: unknown): void {
  connection.__knex__disposed ??= reason;
  connection.connection?.stream?.destroy?.();
}
