import type { Row, Statement } from './statement.ts';

/** A connection, lent for as long as some work lasts. */
export interface Connection {
  /** Rejects with the driver's error. */
  run(statement: Statement): Promise<readonly Row[]>;
  /** Runs several statements without parameters. */
  script(text: string): Promise<void>;
}

/** Gets what is told on channels. */
export interface Ears {
  readonly channels: readonly string[];
  readonly hear: (channel: string, payload: string) => void;
  /** The connection is lost. */
  readonly deaf: (why: unknown) => void;
}

/** A connection that listens. */
export interface Listening {
  run(statement: Statement): Promise<readonly Row[]>;
  close(): Promise<void>;
}

/** The database as the transport uses it. A statement that is not answered in time fails. */
export interface Database {
  /** Whether it is inside this process, with one connection for all. */
  readonly isEmbedded: boolean;
  /** Whether {@link Database.listen} can be used: there is something to hear, and a connection for it. */
  readonly canListen: boolean;
  /** Runs one statement, which is a transaction of its own. */
  run(statement: Statement): Promise<readonly Row[]>;
  /** Lends one connection. */
  lend<T>(work: (connection: Connection) => Promise<T>): Promise<T>;
  listen(ears: Ears): Promise<Listening>;
  /** Opens what was closed. */
  open(): void;
  /** Cuts whatever still runs. Idempotent. */
  close(): Promise<void>;
}
