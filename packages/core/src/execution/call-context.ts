import type { Command, Event, Message } from '@tidings/domain';

import { refuseIntent } from '../envelope/encode-message.ts';
import type { Envelope } from '../envelope/envelope.ts';
import { UnitOfWorkEndedError } from '../errors/store-errors.ts';
import type { HandlerContext, SendOptions } from '../handlers/context.ts';
import type { Logger } from '../ports/logger.ts';
import type { UnitOfWork } from '../ports/unit-of-work.ts';
import type { Attempt } from './attempt.ts';

/** Something a handler sends with its commit. */
export interface OutgoingRequest {
  readonly message: Message;
  readonly options: SendOptions;
}

/** The context of one attempt. What costs time to make is made when it is asked for. */
export class CallContext implements HandlerContext {
  readonly messageId: string;
  readonly correlationId: string;
  readonly causationId: string | undefined;
  readonly attempt: number;
  readonly envelope: Envelope | undefined;
  readonly #attempt: Attempt;
  #outgoing: OutgoingRequest[] = [];
  #unit: UnitOfWork | undefined;
  #controller: AbortController | undefined;
  #signal: AbortSignal | undefined;
  #abortReason: Error | undefined;
  readonly #parentLogger: Logger;
  #logger: Logger | undefined;

  constructor(attempt: Attempt, logger: Logger) {
    this.messageId = attempt.messageId;
    this.correlationId = attempt.correlationId;
    this.causationId = attempt.causationId;
    this.attempt = attempt.attempt;
    this.envelope = attempt.envelope;
    this.#attempt = attempt;
    this.#parentLogger = logger;
  }

  get signal(): AbortSignal {
    if (this.#signal === undefined) {
      this.#controller = new AbortController();
      if (this.#abortReason !== undefined) this.#controller.abort(this.#abortReason);
      const own = this.#controller.signal;
      const callers = this.#attempt.signal?.();
      this.#signal = callers === undefined ? own : AbortSignal.any([own, callers]);
    }
    return this.#signal;
  }

  get logger(): Logger {
    this.#logger ??= this.#parentLogger.child({
      handler: this.#attempt.handler.name,
      messageId: this.messageId,
      correlationId: this.correlationId,
      attempt: this.attempt,
    });
    return this.#logger;
  }

  /** What the handler sent so far, in order. */
  get outgoing(): readonly OutgoingRequest[] {
    return this.#outgoing;
  }

  // Functions of their own, so that handlers can destructure them; most handlers ask for none.

  get send(): HandlerContext['send'] {
    return (command: Command, options = {}) => this.#add('send', command, options);
  }

  get publish(): HandlerContext['publish'] {
    return (event: Event, options = {}) => this.#add('publish', event, options);
  }

  get savepoint(): HandlerContext['savepoint'] {
    return (work) => this.#inSavepoint(work);
  }

  async #inSavepoint<T>(work: () => Promise<T>): Promise<T> {
    const unit = this.#openUnit('make a savepoint');
    const sent = this.#outgoing.length;
    try {
      return await unit.savepoint(work);
    } catch (error) {
      this.#outgoing.length = Math.min(sent, this.#outgoing.length);
      throw error;
    }
  }

  /** The unit of work that the call has opened. */
  bind(unit: UnitOfWork): void {
    this.#unit = unit;
  }

  abort(reason: Error): void {
    this.#abortReason = reason;
    this.#controller?.abort(reason);
  }

  #add(operation: string, message: Message, options: SendOptions): void {
    this.#openUnit(`${operation} ${message.type}`);
    refuseIntent(message, options.intent);
    this.#outgoing.push({ message, options });
  }

  #openUnit(operation: string): UnitOfWork {
    if (this.#unit?.state !== 'open') {
      throw new UnitOfWorkEndedError(operation, this.#unit?.state ?? 'not open yet');
    }
    return this.#unit;
  }
}
