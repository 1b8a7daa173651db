/** A row as the driver gives it. Read it with the functions of `columns.ts`: drivers differ. */
export type Row = Readonly<Record<string, unknown>>;

/** One SQL statement with positional parameters (`$1`). A name makes it a prepared statement. */
export interface Statement {
  /** Unique among the statements of a connection. Unnamed statements are parsed every time. */
  readonly name?: string;
  readonly text: string;
  readonly values?: readonly unknown[];
}

export interface StatementResult {
  readonly rows: readonly Row[];
  /** How many rows were returned or changed. */
  readonly count: number;
  /** First word of the command's tag, for example `COMMIT`; `undefined` where the driver hides it. */
  readonly tag: string | undefined;
}

/** Gets the error, or else the result. */
export type Answered = (error: unknown, result: StatementResult | undefined) => void;

/**
 * One raw connection, lent to one user at a time. Statements are written at once and answered in
 * order: whoever does not wait between two of them saves a round trip.
 */
export interface Session {
  /** The driver's connection. */
  readonly connection: object;
  /** Process id of the server's backend, where there is one. */
  readonly backendId: number | undefined;
  /** Whether the driver tells the tag of a COMMIT; without it a probe has to be sent before. */
  readonly tellsTag: boolean;
  /** Whether the connection is known to be lost. */
  readonly lost: boolean;
  /**
   * What the server said last about the transaction: `none`, `open` or `failed`; `undefined` where
   * the driver does not tell.
   */
  readonly transaction: 'none' | 'open' | 'failed' | undefined;
  run(statement: Statement): Promise<StatementResult>;
  /** As {@link Session.run}, told by a callback. Never throws. */
  send(statement: Statement, answered: Answered): void;
  /** Runs several statements without parameters. */
  script(text: string): Promise<void>;
  /** Cuts the connection: whatever still runs on it fails, and nobody gets it again. */
  destroy(reason: Error): void;
}

/** Lends sessions. */
export interface SessionPool {
  /**
   * Rejects with a transient error when the store cannot be reached or all sessions stay lent, and
   * with the signal's reason as soon as it aborts.
   */
  acquire(signal?: AbortSignal): Promise<Session>;
  /** Takes a session back. A no-op for one that is not lent any more. */
  release(session: Session): void;
  /** Lends sessions again after a close. Idempotent. */
  open(): void;
  /**
   * Lends no session any more, cuts those that do not come back soon, and closes what the pool itself
   * opened. Idempotent.
   */
  close(): Promise<void>;
}
