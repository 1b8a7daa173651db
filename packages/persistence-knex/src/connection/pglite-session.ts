import type { Answered, Session, Statement, StatementResult } from './session.ts';

/** The part of `PGlite` that is used here. */
export interface PgliteConnection {
  query(
    text: string,
    values?: unknown[],
  ): Promise<{ rows: Record<string, unknown>[]; affectedRows?: number }>;
  exec(text: string): Promise<unknown>;
  execProtocolRaw(message: Uint8Array): Promise<Uint8Array>;
  readonly closed: boolean;
}

/** The one connection of an embedded PGlite. */
export class PgliteSession implements Session {
  readonly tellsTag = false;
  readonly backendId = undefined;
  readonly transaction = undefined;
  readonly connection: PgliteConnection;
  #cut: Error | undefined;

  constructor(connection: PgliteConnection) {
    this.connection = connection;
  }

  get lost(): boolean {
    return this.connection.closed || this.#cut !== undefined;
  }

  async run(statement: Statement): Promise<StatementResult> {
    if (this.#cut !== undefined) throw this.#cut;
    const result = await this.connection.query(
      statement.text,
      statement.values === undefined ? undefined : [...statement.values],
    );
    const count = result.rows.length > 0 ? result.rows.length : (result.affectedRows ?? 0);
    return { rows: result.rows, count, tag: undefined };
  }

  send(statement: Statement, answered: Answered): void {
    this.run(statement).then(
      (result) => answered(undefined, result),
      (error: unknown) => answered(error, undefined),
    );
  }

  async script(text: string): Promise<void> {
    await this.connection.exec(text);
  }

  /**
   * There is one connection, which others go on to use: what is open on it is undone before anything
   * else runs, and whoever still has this session gets no further.
   */
  destroy(reason: Error): void {
    if (this.lost) return;
    this.#cut = reason;
    this.connection.exec('rollback').catch(() => {});
  }
}

/** Whether a raw connection is a PGlite. */
export function isPglite(connection: object): connection is PgliteConnection {
  return 'execProtocolRaw' in connection;
}
