import type { Command, Event } from '@tidings/domain';

import type { Envelope } from '../envelope/envelope.ts';
import type { DueOptions } from '../scheduled/due.ts';
import { token, type Token } from './token.ts';
import type { Logger } from '../ports/logger.ts';
import type { UnitOfWork } from '../ports/unit-of-work.ts';

/** What a handler knows of the message it handles, and what it can cause. */
export interface HandlerContext {
  /** Id of the message that is handled. */
  readonly messageId: string;
  readonly correlationId: string;
  readonly causationId: string | undefined;
  /** Which attempt this is, from 1. */
  readonly attempt: number;
  /** Aborts when the handler should give up: the application stops, or the handler's time is over. */
  readonly signal: AbortSignal;
  /** Log lines carry the ids of the message. */
  readonly logger: Logger;
  /** The envelope it came in; absent for a command executed synchronously. */
  readonly envelope: Envelope | undefined;
  /**
   * Sends a command with the commit of this handler's unit of work, if it comes to that: at once, or
   * when it is due by the store's clock.
   *
   * @returns the message's id, by which what is not due yet can be cancelled
   * @throws {@link InvalidOptionsError} for a due time that cannot be
   */
  readonly send: (command: Command, options?: SendOptions) => string;
  /**
   * Cancels a scheduled message with the commit of this handler's unit of work, if it comes to that. One
   * that has fired by then goes its way: whoever handles it must be able to take it.
   */
  readonly cancel: (messageId: string) => void;
  /**
   * Publishes an event with the commit of this handler's unit of work, if it comes to that.
   *
   * @throws {@link InvalidOptionsError} for an intent, which an event cannot have
   */
  readonly publish: (event: Event, options?: PublishOptions) => void;
  /** Runs `work` in a savepoint: its failure undoes only what it did. Its error is thrown on. */
  readonly savepoint: <T>(work: () => Promise<T>) => Promise<T>;
}

export interface PublishOptions {
  /** The key within which deliveries keep their order. Default: that of the message's definition. */
  readonly partitionKey?: string;
}

export interface SendOptions extends PublishOptions, DueOptions {
  /** What the sender of the command means: the same intent takes effect once, however often it is sent. */
  readonly intent?: string;
}

/** The unit of work of the message that is handled. Adapters bind it, per message. */
export const CurrentUnitOfWork: Token<UnitOfWork> = token<UnitOfWork>('CurrentUnitOfWork');
