/** A virtual host of its own on a broker: what is in it is out of everybody else's sight. */
export interface PrivateVhost extends AsyncDisposable {
  readonly name: string;
  /** Connects to this vhost, with a user that may do everything here and nothing elsewhere. */
  readonly url: string;

  /**
   * Lists its queues. Which there are is exact; the figures of quorum queues lag by half a second on a
   * broker that was started for the tests, by five on others. What a client's `checkQueue` says is exact.
   */
  queues(): Promise<readonly QueueInfo[]>;

  /** Lists the connections that are open. Which there are is exact; all else lags by up to a second or five. */
  connections(): Promise<readonly ConnectionInfo[]>;

  /** Lists the channels that are open, as of up to one second ago, or five on other brokers. */
  channels(): Promise<readonly ChannelInfo[]>;

  /** Lists the consumers of its queues, as of up to one second ago, or five on other brokers. */
  consumers(): Promise<readonly ConsumerInfo[]>;

  /** Deletes a queue with all that is in it, whoever uses it: its consumers are cancelled. */
  deleteQueue(name: string): Promise<void>;

  /** Removes the messages that are ready in a queue. */
  purgeQueue(name: string): Promise<void>;

  /**
   * Publishes a message without a client of ours, such as one that nobody can understand.
   *
   * @returns Whether it came into a queue.
   */
  publish(message: RawMessage): Promise<boolean>;

  /**
   * Closes its connections, as an operator would (AMQP 320, `CONNECTION_FORCED`).
   *
   * @returns How many were closed.
   */
  closeConnections(): Promise<number>;

  /**
   * Waits up to a few seconds until no connection is open.
   *
   * @throws ConnectionsLeftError `TIDINGS_TEST_CONNECTIONS_LEFT` naming those that are left.
   */
  assertNothingLeft(): Promise<void>;

  /** Removes it with all that is in it; its connections are closed. */
  drop(): Promise<void>;
}

export interface QueueInfo {
  readonly name: string;
  /** `classic`, `quorum` or `stream`. */
  readonly type: string;
  readonly durable: boolean;
  readonly arguments: Readonly<Record<string, unknown>>;
  /** Messages that wait for a consumer. */
  readonly ready: number;
  /** Messages that a consumer holds. */
  readonly unacknowledged: number;
}

export interface ConnectionInfo {
  /** The broker's name for it, such as `127.0.0.1:40404 -> 127.0.0.1:5672`. */
  readonly name: string;
  /** What the client called it (`connection_name`), if it did and it is known already. */
  readonly label: string | undefined;
  /** Such as `running` or, under an alarm, `blocked`; `undefined` while it is not known yet. */
  readonly state: string | undefined;
}

export interface ChannelInfo {
  readonly name: string;
  /** Its number within its connection. */
  readonly number: number;
  /** The name of its connection. */
  readonly connection: string;
  readonly prefetch: number;
  readonly unacknowledged: number;
  /** Whether the broker confirms what is published. */
  readonly confirms: boolean;
}

export interface ConsumerInfo {
  readonly tag: string;
  readonly queue: string;
  /** The name of its channel. */
  readonly channel: string;
  readonly prefetch: number;
  /** Whether messages go to it now: with single active consumers, all but one wait. */
  readonly active: boolean;
}

/** A message as it is on the wire. */
export interface RawMessage {
  /** Default: the broker's default exchange, which routes to the queue of the routing key's name. */
  readonly exchange?: string;
  readonly routingKey: string;
  readonly body: string | Uint8Array;
  /** AMQP properties by their names, such as `{ message_id: '1', headers: { a: 1 } }`. */
  readonly properties?: Readonly<Record<string, unknown>>;
}
