import type { StartServerOptions } from '../start-first.ts';
import type { PrivateVhost } from './private-vhost.ts';

/** Where a broker came from: the order in which they are tried. */
export type RabbitmqEngine = 'environment' | 'docker' | 'native';

/** What {@link startRabbitmq} may be told; everything has a default. */
export interface StartRabbitmqOptions extends StartServerOptions<RabbitmqEngine> {
  /** The image for the engine `docker`; it must have the management plugin. Default `rabbitmq:4-management`. */
  readonly image?: string;
}

/**
 * A RabbitMQ broker for tests, on ports and in a folder of its own, with the management plugin.
 *
 * Whatever says "not of the engine `environment`" rejects there with a `ServerOperationError`,
 * `TIDINGS_TEST_SERVER_UNSUPPORTED`: that broker is there for others as well.
 */
export interface PrivateRabbitmq extends AsyncDisposable {
  /** Connects as an administrator to the vhost `/`. Stays the same after a crash and restart. */
  readonly url: string;
  /** The management plugin's address, with credentials. Stays the same after a crash and restart. */
  readonly managementUrl: string;
  /** Which engine runs the broker. */
  readonly engine: RabbitmqEngine;

  /**
   * Creates an empty virtual host.
   *
   * @param name Default: a name that was not used before.
   */
  createVhost(name?: string): Promise<PrivateVhost>;

  /**
   * Asks the management API, such as `api('GET', '/queues/my-vhost')`.
   *
   * @returns What it answered, an object or a text.
   * @throws Error for an answer that is not a success.
   */
  api(method: string, path: string, body?: unknown): Promise<unknown>;

  /** Runs `rabbitmqctl` on the broker, which takes a second. Not of the engine `environment`. */
  rabbitmqctl(...args: readonly string[]): Promise<string>;

  /**
   * Closes the connections of all vhosts, as an operator would (AMQP 320, `CONNECTION_FORCED`); of
   * the engine `environment`, those of the vhosts that were created here.
   *
   * @returns How many were closed.
   */
  closeAllConnections(): Promise<number>;

  /** Says that memory is short, or is no more: publishers are blocked. Not of the engine `environment`. */
  setMemoryAlarm(on: boolean): Promise<void>;

  /** Says that the disk is full, or is no more: publishers are blocked. Not of the engine `environment`. */
  setDiskAlarm(on: boolean): Promise<void>;

  /** Stops the broker while its node keeps running: all connections close, none can be opened. Not of the engine `environment`. */
  stopApp(): Promise<void>;

  /** Starts the broker on its node again and resolves when it takes connections. Not of the engine `environment`. */
  startApp(): Promise<void>;

  /**
   * Kills the broker as with `kill -9` and resolves when it is gone. Not of the engine `environment`.
   *
   * What was declared before is on the disk by then, which a broker otherwise takes half a second for;
   * a message is only if it was confirmed.
   */
  crash(): Promise<void>;

  /**
   * Starts the broker again on the same data and ports, and resolves when it takes connections. A
   * broker that still runs is stopped first. Not of the engine `environment`.
   */
  restart(): Promise<void>;

  /**
   * Waits up to a few seconds until no connection to a vhost that was created here is open.
   *
   * @throws ConnectionsLeftError `TIDINGS_TEST_CONNECTIONS_LEFT` naming those that are left.
   */
  assertNothingLeft(): Promise<void>;

  /** Stops the broker and removes all of its data; of the engine `environment`, the created vhosts. */
  stop(): Promise<void>;
}

/** A running broker, before it is dressed as a {@link PrivateRabbitmq}. */
export type RabbitmqServer = Pick<
  PrivateRabbitmq,
  'url' | 'managementUrl' | 'engine' | 'rabbitmqctl' | 'crash' | 'restart' | 'stop'
>;
