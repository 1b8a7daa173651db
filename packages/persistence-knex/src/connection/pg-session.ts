// oxlint-disable no-underscore-dangle -- Knex marks a connection that it must not lend again so
import type { Answered, Session, Statement, StatementResult } from './session.ts';

/**
 * After this long a statement is given up where the connection has no `query_timeout`, as on a Knex
 * that the application made itself: on a network that has died silently it would wait for ever.
 */
const STATEMENT_PATIENCE_MS = 120_000;

interface PgResult {
  readonly rows: Record<string, unknown>[];
  readonly rowCount: number | null;
  readonly command: string | null;
}

/** The part of `pg.Client` that is used here. */
export interface PgConnection {
  readonly processID?: number | null;
  pipeline?: boolean;
  __knex__disposed?: unknown;
  readonly connection?: { readonly stream?: PgStream };
  readonly connectionParameters?: { readonly query_timeout?: number | false };
  query(
    config: string | (Statement & { query_timeout?: number }),
    callback: (error: Error | null, result: PgResult | PgResult[]) => void,
  ): void;
  getTransactionStatus?(): string | null;
  listenerCount(event: string): number;
  on(event: 'error', listener: (error: Error) => void): void;
}

interface PgStream {
  cork?(): void;
  uncork?(): void;
  destroy?(error?: Error): void;
}

/** A connection of the `pg` driver. */
export class PgSession implements Session {
  readonly tellsTag = true;
  readonly connection: PgConnection;
  readonly #hasTimeout: boolean;
  #corked = false;
  readonly #uncork = (): void => {
    this.#corked = false;
    this.connection.connection?.stream?.uncork?.();
  };

  constructor(connection: PgConnection) {
    this.connection = connection;
    this.#hasTimeout = Number(connection.connectionParameters?.query_timeout) > 0;
    // A connection lent without a listener would end the process when the server closes it (N3, N4).
    if (connection.listenerCount('error') === 0) {
      connection.on('error', (error) => {
        connection.__knex__disposed = error;
      });
    }
    // Statements are written without waiting for the answers of those before (pg 8.23 and later;
    // older ones queue them, which is slower and otherwise the same).
    if (connection.pipeline === false) connection.pipeline = true;
  }

  get backendId(): number | undefined {
    return this.connection.processID ?? undefined;
  }

  get lost(): boolean {
    return this.connection.__knex__disposed !== undefined;
  }

  get transaction(): 'none' | 'open' | 'failed' | undefined {
    switch (this.connection.getTransactionStatus?.()) {
      case 'I':
        return 'none';
      case 'T':
        return 'open';
      case 'E':
        return 'failed';
      default:
        return undefined;
    }
  }

  run(statement: Statement): Promise<StatementResult> {
    return new Promise((resolve, reject) => {
      this.send(statement, (error, result) => {
        if (result === undefined) reject(error);
        else resolve(result);
      });
    });
  }

  send(statement: Statement, answered: Answered): void {
    this.#cork();
    this.connection.query(this.#configOf(statement), (error, result) => {
      if (error !== null && error !== undefined) {
        answered(error, undefined);
        return;
      }
      const one = Array.isArray(result) ? (result.at(-1) as PgResult) : result;
      answered(undefined, {
        rows: one.rows,
        count: one.rowCount ?? 0,
        tag: one.command ?? undefined,
      });
    });
  }

  async script(text: string): Promise<void> {
    await this.run({ text });
  }

  destroy(reason: Error): void {
    this.connection.__knex__disposed ??= reason;
    this.connection.connection?.stream?.destroy?.();
  }

  #configOf(statement: Statement): string | (Statement & { query_timeout?: number }) {
    if (!this.#hasTimeout) return { ...statement, query_timeout: STATEMENT_PATIENCE_MS };
    // The driver takes an object for a query apart property by property, and a text as it is.
    return statement.name === undefined && statement.values === undefined
      ? statement.text
      : statement;
  }

  /** Gathers the statements of one tick into one write to the socket, the costliest part of all. */
  #cork(): void {
    if (this.#corked) return;
    this.#corked = true;
    this.connection.connection?.stream?.cork?.();
    process.nextTick(this.#uncork);
  }
}
