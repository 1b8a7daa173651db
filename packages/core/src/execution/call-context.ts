import type { Command, Event, Message } from '@tidings/domain';

import { refuseIntent } from '../envelope/encode-message.ts';
import type { Envelope } from '../envelope/envelope.ts';
import { UnitOfWorkEndedError } from '../errors/store-errors.ts';
import type { HandlerContext, SendOptions } from '../handlers/context.ts';
import type { Clock } from '../ports/clock.ts';
import type { IdGenerator } from '../ports/id-generator.ts';
import type { Logger } from '../ports/logger.ts';
import type { Due } from '../ports/scheduled-messages.ts';
import type { UnitOfWork } from '../ports/unit-of-work.ts';
import { dueOf, refuseDue } from '../scheduled/due.ts';
import type { Attempt } from './attempt.ts';

/** Something a handler sends with its commit. */
export interface OutgoingRequest {
  readonly id: string;
  readonly message: Message;
  readonly options: SendOptions;
  /** Absent where it is sent at once. */
  readonly due: Due | undefined;
}

/** What contexts of one application work with. */
export interface CallContextDependencies {
  readonly logger: Logger;
  readonly ids: IdGenerator;
  readonly clock: Clock;
}

/** The context of one attempt. What costs time to make is made when it is asked for. */
export class CallContext implements HandlerContext {
  readonly messageId: string;
  readonly correlationId: string;
  readonly causationId: string | undefined;
  readonly attempt: number;
  readonly envelope: Envelope | undefined;
  readonly #attempt: Attempt;
  readonly #with: CallContextDependencies;
  readonly #outgoing: OutgoingRequest[] = [];
  readonly #cancelled: string[] = [];
  #unit: UnitOfWork | undefined;
  #controller: AbortController | undefined;
  #signal: AbortSignal | undefined;
  #abortReason: Error | undefined;
  #logger: Logger | undefined;

  constructor(attempt: Attempt, dependencies: CallContextDependencies) {
    this.messageId = attempt.messageId;
    this.correlationId = attempt.correlationId;
    this.causationId = attempt.causationId;
    this.attempt = attempt.attempt;
    this.envelope = attempt.envelope;
    this.#attempt = attempt;
    this.#with = dependencies;
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
    this.#logger ??= this.#with.logger.child({
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

  /** The scheduled messages that the handler cancelled so far. */
  get cancelled(): readonly string[] {
    return this.#cancelled;
  }

  // Functions of their own, so that handlers can destructure them; most handlers ask for none.

  get send(): HandlerContext['send'] {
    return (command: Command, options = {}) => {
      const { at, in: inMs } = options;
      const due =
        at === undefined && inMs === undefined
          ? undefined
          : dueOf(`send ${command.type}`, options, this.#with.clock.now());
      return this.add('send', command, options, due);
    };
  }

  get cancel(): HandlerContext['cancel'] {
    return (messageId) => {
      this.#openUnit('cancel a scheduled message');
      this.#cancelled.push(messageId);
    };
  }

  get publish(): HandlerContext['publish'] {
    return (event: Event, options = {}) => {
      refuseDue(`publish ${event.type}`, options);
      this.add('publish', event, options);
    };
  }

  get savepoint(): HandlerContext['savepoint'] {
    return (work) => this.#inSavepoint(work);
  }

  async #inSavepoint<T>(work: () => Promise<T>): Promise<T> {
    const unit = this.#openUnit('make a savepoint');
    const sent = this.#outgoing.length;
    const cancelled = this.#cancelled.length;
    try {
      return await unit.savepoint(work);
    } catch (error) {
      this.#outgoing.length = Math.min(sent, this.#outgoing.length);
      this.#cancelled.length = Math.min(cancelled, this.#cancelled.length);
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

  /** Has a message stored with the commit: in the log, or with a due time. */
  add(operation: string, message: Message, options: SendOptions, due?: Due): string {
    this.#openUnit(`${operation} ${message.type}`);
    refuseIntent(message, options.intent);
    const id = this.#with.ids.next();
    this.#outgoing.push({ id, message, options, due });
    return id;
  }

  #openUnit(operation: string): UnitOfWork {
    if (this.#unit?.state !== 'open') {
      throw new UnitOfWorkEndedError(operation, this.#unit?.state ?? 'not open yet');
    }
    return this.#unit;
  }
}
