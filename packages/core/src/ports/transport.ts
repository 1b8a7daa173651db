import type { Envelope } from '../envelope/envelope.ts';

/** What a transport can do; the conformance suite tests what is declared. */
export interface TransportCapabilities {
  /**
   * Whether published messages outlive this process. Where they do not, {@link Transport.publish}
   * resolves only once every delivery of the messages is settled, so that a relay never counts as
   * delivered what a crash would lose.
   */
  readonly durable: boolean;
  /** Whether other processes can take part, so that a command without a handler here may have one there. */
  readonly shared: boolean;
  /** Whether deliveries of one subscription with the same partition key keep the order of publishing. */
  readonly ordered: boolean;
  /** How many messages a relay should have on the way at most, not yet resolved by `publish`. */
  readonly publishWindow: number;
}

/** A subscriber as the transport sees it: a queue of its own that gets every message of its types. */
export interface TransportSubscription {
  /** Unique in the service. */
  readonly name: string;
  readonly kind: 'command' | 'event';
  /** The message types it gets. */
  readonly types: readonly string[];
}

export interface OutgoingMessage {
  readonly envelope: Envelope;
  /** The message may have been published before, so its deliveries count as redelivered. */
  readonly republished: boolean;
}

/** One attempt to deliver one message to one subscription. */
export interface Delivery {
  /** The message, or what came instead where it could not be understood. */
  readonly message: Envelope | UnreadableMessage;
  /** Whether this message may have been delivered to this subscription before. */
  readonly redelivered: boolean;
  /** Aborts when the delivery ends: settled, lost with its connection, or given up at close. */
  readonly signal: AbortSignal;
  /**
   * The transport itself has given the message up, and why, as `delivery-limit`: it is to be kept as a
   * dead letter and not to be tried.
   */
  readonly givenUp?: string | undefined;
  /**
   * Present when the sender of a command waits for what comes of it. Best effort: the sender may have
   * gone, so it does not reject.
   */
  readonly reply?: ((reply: Reply) => Promise<void>) | undefined;
}

/** What came of a command that was requested. */
export type Reply =
  | {
      readonly ok: true;
      /** The result as JSON text; absent when there was none. */
      readonly result?: string;
    }
  | { readonly ok: false; readonly error: ReplyError };

/** What the sender of a request gets to know of the error of its handler. */
export interface ReplyError {
  readonly name: string;
  /** The error's code, where it has one. */
  readonly code?: string;
  readonly message: string;
}

export interface RequestOptions {
  /** How long to wait for the reply, in milliseconds. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** A message that has no valid envelope. It is kept as a dead letter with its original bytes. */
export interface UnreadableMessage {
  readonly unreadable: true;
  /** Why, as one of the documented reasons, for example `invalid-json` or `missing-header:id`. */
  readonly reason: string;
  readonly bytes: Uint8Array;
  /** Whatever headers could be read, as text. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Resolves `settle` to take the delivery off the queue, `retry` to get it again; a rejection is `retry`. */
export type Deliver = (delivery: Delivery) => Promise<'settle' | 'retry'>;

export interface ConsumeOptions {
  /** How many deliveries may be in flight at once. */
  readonly concurrency: number;
}

export interface Consumer {
  /** Changes how many deliveries may be in flight at once; running ones go on. */
  setConcurrency(concurrency: number): void;
  /** Takes no further delivery and resolves once those in flight have ended. */
  drain(): Promise<void>;
  /**
   * Ends at once: signals of deliveries in flight abort, and what they were about is delivered
   * again to whoever consumes next. Idempotent.
   */
  close(): Promise<void>;
}

/**
 * Carries envelopes from where they are published to every subscription of their type.
 *
 * Delivery is at least once. Deliveries of one subscription with the same partition key are never in
 * flight at once in one process; where `ordered` is declared, they start in the order of publishing,
 * and one that is retried comes before the next of its key. Deliveries without a key wait for none.
 * Different subscriptions are independent.
 */
export interface Transport {
  readonly capabilities: TransportCapabilities;
  /**
   * Makes sure that these subscriptions exist, so that messages published from now on wait for them,
   * whether or not somebody consumes them yet. Idempotent; may be called again with more. Opens a
   * transport that was closed.
   */
  declare(subscriptions: readonly TransportSubscription[]): Promise<void>;
  /**
   * Resolves once the transport needs this process no longer to deliver the messages. Messages keep
   * the order of the list and of the calls. An event without a subscription is no error.
   *
   * @throws {@link PublishError} naming each message that was not taken, and why; the others were
   */
  publish(messages: readonly OutgoingMessage[]): Promise<void>;
  /**
   * Starts to consume a declared subscription. Several consumers of one name, in this or other
   * processes, compete for its deliveries.
   */
  subscribe(subscription: string, deliver: Deliver, options: ConsumeOptions): Promise<Consumer>;
  /**
   * Sends a command and waits for what comes of it. Nothing is kept for a sender that dies or gives
   * up: a command that must be carried out is published instead.
   *
   * @throws {@link PublishError} when nobody takes the command, or it cannot be sent now;
   * {@link WaitTimeoutError} when no reply came in time: it is not known what came of it
   */
  request(command: Envelope, options: RequestOptions): Promise<Reply>;
  /** Resolves when the transport can be used now; rejects otherwise, saying why. */
  ping(): Promise<void>;
  /**
   * Closes every consumer and every connection; what is not known to be taken was not published.
   * Until {@link declare} is called again everything else throws {@link TransportUsageError}. Idempotent.
   */
  close(): Promise<void>;
}
