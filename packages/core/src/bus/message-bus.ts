import type { Command, Event } from '@tidings/domain';

import type { PublishOptions, SendOptions } from '../handlers/context.ts';
import type { Projection } from '../handlers/projection.ts';
import type { Subscription } from '../handlers/subscription.ts';
import type { DueOptions } from '../scheduled/due.ts';
import type { Receipt } from './receipt.ts';

/** A subscription or a projection, or its name. */
export type WaitTarget =
  | string
  | Pick<Subscription, 'subscriptionName'>
  | Pick<Projection, 'projectionName'>;

export interface ExecuteOptions {
  /**
   * What the caller means, for example an HTTP `Idempotency-Key`: executed again under the same
   * intent, the stored result of the first time is returned and nothing is done.
   */
  readonly intent?: string;
  /** Called when the intent had been carried out before, so that nothing was done this time. */
  readonly onRepeated?: () => void;
  /** Shared by everything that one request causes. Default: that of the current message, or a new one. */
  readonly correlationId?: string;
  /** Gives up the command; its unit of work is rolled back. */
  readonly signal?: AbortSignal;
  /**
   * Subscriptions and projections that must have applied what this command caused before `execute`
   * resolves.
   */
  readonly waitFor?: readonly WaitTarget[];
  /** How long to wait for them, in milliseconds. Default 5000. */
  readonly waitTimeoutMs?: number;
  /**
   * Called once the command has taken effect, before anything is waited for, with what
   * `app.projections.waitFor` takes, in this or another process: a client can be given it, and see what
   * it did wherever its next request goes.
   */
  readonly onReceipt?: (receipt: Receipt) => void;
}

export interface RequestCommandOptions {
  /** How long to wait for the reply, in milliseconds. Default 5000. */
  readonly timeoutMs?: number;
  /**
   * What the caller means: requested again under the same intent, it takes effect once and the result of
   * the first time is returned. Give one when the request is repeated after a time-out.
   */
  readonly intent?: string;
  /** Shared by everything that one request causes. Default: that of the current message, or a new one. */
  readonly correlationId?: string;
  /** Stops waiting; the command may be carried out all the same. */
  readonly signal?: AbortSignal;
}

export interface DispatchOptions extends SendOptions {
  /** Shared by everything that one request causes. Default: that of the current message, or a new one. */
  readonly correlationId?: string;
}

export interface PublicationOptions extends PublishOptions {
  /** Shared by everything that one request causes. Default: that of the current message, or a new one. */
  readonly correlationId?: string;
}

/**
 * Routes messages to their handlers. It keeps nothing between calls: any number may run at once, and
 * a handler may use it as anybody else.
 */
export interface MessageBus {
  /**
   * Runs a command's handler now and resolves with its result after the commit. Conflicts with
   * concurrent changes are tried again; any other error reaches the caller as it was thrown.
   *
   * @throws {@link ValidationError} with every fault of the data
   * @throws {@link UnknownCommandError} when nobody handles the command
   * @throws {@link ConcurrencyError} when it conflicted again and again
   * @throws {@link WaitTimeoutError} when a subscription of `waitFor` took too long; the command took effect
   */
  execute<Result>(
    command: Command<string, unknown, Result>,
    options?: ExecuteOptions,
  ): Promise<Result>;
  /**
   * Has a command carried out by whichever process handles it, over the transport, and resolves with
   * its result. Nothing is stored on the way: a request is lost with a process or a broker that dies,
   * and then ends in a time-out. Use it to ask; what must be done is sent.
   *
   * @throws {@link ValidationError} with every fault of the data
   * @throws {@link UnknownCommandError} when nobody handles the command
   * @throws {@link RemoteCommandError} with what the handler threw: nothing took effect
   * @throws {@link WaitTimeoutError} when no reply came in time: it is not known whether it took effect
   * @throws {@link UndecodableMessageError} when the result that came does not fit its schema; the command took effect
   * @throws {@link PublishError} when the transport cannot be used now: nothing was sent
   */
  request<Result>(
    command: Command<string, unknown, Result>,
    options?: RequestCommandOptions,
  ): Promise<Result>;
  /**
   * Stores a command; it is handled later, by this or another process: as soon as it can be, or when it
   * is due by the store's clock. Resolves with the message's id once it is stored.
   *
   * @throws {@link ValidationError} with every fault of the data
   * @throws {@link InvalidOptionsError} for a due time that cannot be
   * @throws {@link UnknownCommandError} when nobody handles the command
   */
  send(command: Command, options?: DispatchOptions): Promise<string>;
  /**
   * Cancels a message that was sent with a due time. Takes effect at once, also in a handler that fails
   * afterwards; a handler's `context.cancel` belongs to its unit of work.
   *
   * @returns `true` when it will never fire; `false` when it has, or was cancelled, or never was
   */
  cancel(messageId: string): Promise<boolean>;
  /**
   * Gives a message that was sent with a due time another one. Takes effect at once.
   *
   * @returns `true` when it fires then; `false` when it has fired, or was cancelled, or never was
   * @throws {@link InvalidOptionsError} for a due time that cannot be
   */
  reschedule(messageId: string, due: DueOptions): Promise<boolean>;
  /**
   * Stores an event; it is delivered later to every subscription of its type. Resolves once it is stored.
   *
   * @throws {@link ValidationError} with every fault of the data
   * @throws {@link InvalidOptionsError} for an intent, which an event cannot have
   */
  publish(event: Event, options?: PublicationOptions): Promise<void>;
}
