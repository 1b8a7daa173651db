import { setImmediate } from 'node:timers/promises';

import type { Knex } from 'knex';

import type { Connection, Database, Listening } from './database.ts';
import { TransportUnavailableError } from '../errors.ts';
import { reasonOf } from './fault.ts';
import type { Row, Statement } from './statement.ts';

/** The part of `PGlite` that is used here. */
interface Pglite {
  query(text: string, values: unknown[]): Promise<{ rows: Row[] }>;
  exec(text: string): Promise<unknown>;
}

interface LendingClient {
  acquireConnection(): Promise<Pglite>;
  releaseConnection(connection: Pglite): Promise<void>;
}

/** PGlite answers in microtasks, so timers and sockets starve unless it makes room this often. */
const YIELD_MS = 5;

/**
 * An embedded PGlite. Its one connection is shared through the pool of the Knex: a statement that came between
 * those of a transaction would be part of it.
 */
export class EmbeddedDatabase implements Database {
  readonly isEmbedded = true;
  readonly canListen = false;
  readonly #client: LendingClient;
  #lastYield = performance.now();

  constructor(db: Knex) {
    const client = db.client as LendingClient;
    // Bound to what they are now: the store replaces functions of the client, for handlers.
    this.#client = {
      acquireConnection: client.acquireConnection.bind(client),
      releaseConnection: client.releaseConnection.bind(client),
    };
  }

  async run(statement: Statement): Promise<readonly Row[]> {
    return this.lend((connection) => connection.run(statement));
  }

  async lend<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    const pglite = await this.#acquire();
    try {
      await this.#makeRoom();
      return await work({
        run: async ({ text, values }) => (await pglite.query(text, [...values])).rows,
        script: async (text) => {
          await pglite.exec(text);
        },
      });
    } finally {
      void this.#client.releaseConnection(pglite);
    }
  }

  async listen(): Promise<Listening> {
    throw new TypeError('Nobody outside of this process could be heard.');
  }

  /** The database is the application's. */
  open(): void {}

  async close(): Promise<void> {}

  async #acquire(): Promise<Pglite> {
    try {
      return await this.#client.acquireConnection();
    } catch (error) {
      throw new TransportUnavailableError(reasonOf(error), { cause: error });
    }
  }

  async #makeRoom(): Promise<void> {
    const now = performance.now();
    if (now - this.#lastYield < YIELD_MS) return;
    await setImmediate();
    this.#lastYield = performance.now();
  }
}
