import type { Message } from '@tidings/domain';

import { encodeMessage, type EnvelopeOrigin } from '../envelope/encode-message.ts';
import type { Envelope } from '../envelope/envelope.ts';
import type { MessageLimits } from '../envelope/limits.ts';
import { IntentConflictError } from '../errors/message-errors.ts';
import type { Call, Pipeline } from '../middleware/middleware.ts';
import type { Clock } from '../ports/clock.ts';
import type { IdGenerator } from '../ports/id-generator.ts';
import type { Logger } from '../ports/logger.ts';
import type { Persistence } from '../ports/persistence.ts';
import type { Due, ScheduledMessage } from '../ports/scheduled-messages.ts';
import type {
  ReceivedDelivery,
  ReceiveResult,
  RecordedEvent,
  UnitOfWork,
} from '../ports/unit-of-work.ts';
import { decodeOutcome, encodeOutcome } from './kept-outcome.ts';
import type { Attempt, AttemptOutcome } from './attempt.ts';
import { CallContext } from './call-context.ts';
import { runInCall } from './current-call.ts';
import type { RunningCalls } from './running-calls.ts';
import type { InlineProjections } from '../projections/inline-projections.ts';

/** What the executor works with; one set for an application. */
export interface ExecutorDependencies {
  readonly service: string;
  readonly persistence: Persistence;
  readonly pipeline: Pipeline;
  readonly running: RunningCalls;
  readonly clock: Clock;
  readonly ids: IdGenerator;
  readonly logger: Logger;
  readonly limits: MessageLimits;
  readonly inline: InlineProjections;
  /** Called after every commit that stored messages. */
  readonly onCommitted: () => void;
  /** Called for every message with a due time that was committed. */
  readonly onScheduled: (due: Due) => void;
}

/** What a unit of work stores beside its changes. */
interface Outgoing {
  readonly messages: readonly Envelope[];
  readonly scheduled?: readonly ScheduledMessage[];
  readonly cancelled?: readonly string[];
}

const NO_MESSAGES: readonly Envelope[] = Object.freeze([]);
const NOTHING: Outgoing = Object.freeze({ messages: NO_MESSAGES });

/** Runs handlers: middleware around, one unit of work inside, all or nothing. */
export class Executor {
  readonly #with: ExecutorDependencies;
  #time = { now: Number.NaN, text: '' };

  constructor(dependencies: ExecutorDependencies) {
    this.#with = dependencies;
  }

  /** Makes one attempt. Rejects with the error of the handler, of a middleware or of the commit. */
  async attempt(attempt: Attempt): Promise<AttemptOutcome> {
    const context = new CallContext(attempt, this.#with);
    const call: Call = {
      kind: attempt.handler.kind,
      name: attempt.handler.name,
      type: attempt.type,
      data: attempt.data,
      context,
    };
    const { pipeline, running } = this.#with;
    let outcome: AttemptOutcome | undefined;
    running.began();
    try {
      const result = await pipeline(call, ({ data }) =>
        this.#inUnit(attempt, data, context, (reached) => {
          outcome = reached;
        }),
      );
      // A middleware may answer in place of the handler, or change its result.
      if (outcome === undefined) {
        return { status: 'done', result, returned: result, messages: NO_MESSAGES };
      }
      if (outcome.status !== 'done' || outcome.result === result) return outcome;
      return { ...outcome, result, returned: result };
    } finally {
      running.ended();
    }
  }

  /** Stores one message in a unit of work of its own: in the log, or with a due time. */
  async store(
    message: Message,
    origin: Omit<EnvelopeOrigin, 'id' | 'source' | 'time'>,
    due?: Due,
  ): Promise<Envelope> {
    const { persistence, running } = this.#with;
    running.began();
    try {
      const encoded = this.encode(message, origin);
      const envelope = encoded instanceof Promise ? await encoded : encoded;
      const outgoing =
        due === undefined
          ? { messages: [envelope] }
          : { messages: NO_MESSAGES, scheduled: [{ envelope, due }] };
      const opened = persistence.begin();
      const unit = opened instanceof Promise ? await opened : opened;
      try {
        const applying = this.#with.inline.apply(unit, outgoing.messages);
        if (applying !== undefined) await applying;
        await unit.commit(outgoing);
      } catch (error) {
        await unit.rollback();
        throw error;
      }
      this.#announce(outgoing);
      return envelope;
    } finally {
      running.ended();
    }
  }

  /** Resolves with the handler's result, and tells how the unit of work ended. */
  async #inUnit(
    attempt: Attempt,
    data: unknown,
    context: CallContext,
    ended: (outcome: AttemptOutcome) => void,
  ): Promise<unknown> {
    const { handler, delivery, intent, signal } = attempt;
    const { persistence, running } = this.#with;
    const callers = delivery === undefined ? signal?.() : undefined;
    const opened = persistence.begin(callers === undefined ? undefined : { signal: callers });
    // Not awaited where there is nothing to wait for: a promise is a good part of what a dispatch costs.
    const unit = opened instanceof Promise ? await opened : opened;
    context.bind(unit);
    try {
      if (delivery !== undefined) {
        const receiving = unit.receive(delivery);
        const received = receiving instanceof Promise ? await receiving : receiving;
        if (received !== 'first') {
          await endWithout(unit, received, delivery);
          return ended({ status: received });
        }
      }
      if (intent !== undefined) {
        const stored = await unit.claimIntent(intent);
        if (stored !== undefined) {
          if (stored.fingerprint !== intent.fingerprint) throw new IntentConflictError(intent.id);
          await unit.commit({ messages: NO_MESSAGES });
          return ended({ status: 'repeated', ...decodeOutcome(stored.result) });
        }
      }
      const work = runInCall({ handler: handler.title, unit, context }, () =>
        handler.run(data as never, handler.resolve({ unit }) as never, context as never),
      );
      const returned = isPromise(work)
        ? await running.watch(handler.title, handler.timeoutMs, work, (reason) =>
            context.abort(reason),
          )
        : work;
      const result =
        handler.checkResult === undefined ? returned : await handler.checkResult(returned);
      const recorded = unit.recorded();
      const outgoing =
        recorded.length === 0 && context.outgoing.length === 0 && context.cancelled.length === 0
          ? NOTHING
          : await this.#outgoingOf(recorded, context);
      const { messages } = outgoing;
      const applying = this.#with.inline.apply(unit, messages);
      if (applying !== undefined) await applying;
      const intentResult =
        intent === undefined ? undefined : encodeOutcome(attempt.type, returned, messages);
      await unit.commit({ ...outgoing, intentResult });
      this.#announce(outgoing);
      ended({ status: 'done', result, returned, messages });
      return result;
    } catch (error) {
      await unit.rollback();
      throw error;
    }
  }

  #announce({ messages, scheduled }: Outgoing): void {
    if (messages.length > 0) this.#with.onCommitted();
    if (scheduled !== undefined) for (const { due } of scheduled) this.#with.onScheduled(due);
  }

  async #outgoingOf(recorded: readonly RecordedEvent[], context: CallContext): Promise<Outgoing> {
    const cause = {
      correlationid: context.correlationId,
      causationid: context.messageId,
      traceparent: context.envelope?.traceparent,
    };
    const messages: Envelope[] = [];
    const scheduled: ScheduledMessage[] = [];
    for (const { event, aggregateId, aggregateVersion } of recorded) {
      const origin = { ...cause, subject: aggregateId, aggregateversion: aggregateVersion };
      const encoded = this.encode(event, origin);
      messages.push(encoded instanceof Promise ? await encoded : encoded);
    }
    for (const { id, message, options, due } of context.outgoing) {
      const origin = { ...cause, intentid: options.intent, partitionkey: options.partitionKey };
      const encoded = this.encode(message, origin, id);
      const envelope = encoded instanceof Promise ? await encoded : encoded;
      if (due === undefined) messages.push(envelope);
      else scheduled.push({ envelope, due });
    }
    return { messages, scheduled, cancelled: context.cancelled };
  }

  /**
   * Puts a message in its envelope.
   *
   * @throws {@link ValidationError} with every fault of the data
   */
  encode(
    message: Message,
    origin: Omit<EnvelopeOrigin, 'id' | 'source' | 'time'>,
    id: string = this.#with.ids.next(),
  ): Envelope | Promise<Envelope> {
    const { service, clock, limits } = this.#with;
    const time = this.#timeText(clock.now());
    return encodeMessage(message, { ...origin, id, source: service, time }, limits);
  }

  /** Many messages are made in one millisecond, and to write its text takes as long as the rest of one. */
  #timeText(now: number): string {
    if (this.#time.now !== now) this.#time = { now, text: new Date(now).toISOString() };
    return this.#time.text;
  }
}

async function endWithout(
  unit: UnitOfWork,
  status: Exclude<ReceiveResult, 'first'>,
  delivery: ReceivedDelivery,
): Promise<void> {
  // A held copy of what was applied already is taken off its key by this unit.
  if (status === 'duplicate' && delivery.claim !== undefined) {
    await unit.commit({ messages: NO_MESSAGES });
  } else {
    await unit.rollback();
  }
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | undefined)?.then === 'function';
}
