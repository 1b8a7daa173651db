import type { StartServerOptions } from '../start-first.ts';

/** Where a server came from: the order in which they are tried. */
export type PostgresEngine = 'environment' | 'docker' | 'native' | 'embedded';

/** What {@link startPostgres} may be told; everything has a default. */
export interface StartPostgresOptions extends StartServerOptions<PostgresEngine> {
  /**
   * Whether each commit is forced to the disk. Default `false`: a killed server loses nothing without
   * it, since the kernel has the pages; only the loss of power would. Set it to measure.
   */
  readonly fsync?: boolean;
  /** Further settings of the server, name to value, such as `{ max_connections: '20' }`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** The image for the engine `docker`. Default `postgres:17-alpine`. */
  readonly image?: string;
}

/** A Postgres server for tests, on a port and in a folder of its own. */
export interface PrivatePostgres extends AsyncDisposable {
  /** Connects as a superuser to the database `postgres`. Stays the same after a crash and restart. */
  readonly url: string;
  /** Which engine runs the server. */
  readonly engine: PostgresEngine;

  /**
   * Creates an empty database and gives its URL.
   *
   * @param name Default: a name that was not used before.
   */
  createDatabase(name?: string): Promise<string>;

  /**
   * Kills the server as with `kill -9` and resolves when it is gone.
   *
   * @throws ServerOperationError `TIDINGS_TEST_SERVER_UNSUPPORTED` for the engine `environment`.
   */
  crash(): Promise<void>;

  /**
   * Starts the server again on the same data and port, and resolves when it takes connections. A
   * server that still runs is stopped first.
   *
   * @throws ServerOperationError `TIDINGS_TEST_SERVER_UNSUPPORTED` for the engine `environment`.
   */
  restart(): Promise<void>;

  /**
   * Waits up to a few seconds until no connection to a database that was created here is open.
   *
   * @throws ConnectionsLeftError `TIDINGS_TEST_CONNECTIONS_LEFT` naming those that are left.
   */
  assertNothingLeft(): Promise<void>;

  /** Stops the server and removes all of its data; of the engine `environment`, the created databases. */
  stop(): Promise<void>;
}

/** A running server, before it is dressed as a {@link PrivatePostgres}. */
export type PostgresServer = Pick<PrivatePostgres, 'url' | 'engine' | 'crash' | 'restart' | 'stop'>;
