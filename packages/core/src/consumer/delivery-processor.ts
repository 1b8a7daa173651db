import { intentOf } from '../bus/intent.ts';
import {
  COMMANDS,
  type Registry,
  type RunnableHandler,
  type RunnableSubscription,
} from '../composition/registry.ts';
import { decodeMessage } from '../envelope/decode-message.ts';
import type { Envelope } from '../envelope/envelope.ts';
import { fingerprintOf } from '../envelope/fingerprint.ts';
import type { MessageLimits } from '../envelope/limits.ts';
import { UndecodableMessageError } from '../errors/message-errors.ts';
import { KeyBusyError } from '../errors/store-errors.ts';
import type { Attempt, AttemptOutcome } from '../execution/attempt.ts';
import { attemptUntilNoConflict, type ConflictRetries } from '../execution/conflict-retries.ts';
import type { Executor } from '../execution/executor.ts';
import { isInterruption } from '../execution/interruptions.ts';
import type { Clock } from '../ports/clock.ts';
import type { HeldClaim } from '../ports/held-deliveries.ts';
import type { Reply } from '../ports/transport.ts';
import { nextStep, type RetryStep } from '../retry/retry-policy.ts';
import { replyError, replyOf } from './reply.ts';

/** One delivery to be tried: of one message to one subscription. */
export interface DeliveryToTry {
  readonly subscription: string;
  readonly envelope: Envelope;
  readonly attempts: number;
  readonly claim?: HeldClaim;
  readonly signal?: () => AbortSignal;
}

/** How an attempt ended, and what has to be done about it. */
export type TryOutcome =
  | { readonly kind: 'done'; readonly status: Exclude<AttemptOutcome['status'], 'busy'> }
  | { readonly kind: 'failed'; readonly error: unknown; readonly step: RetryStep }
  | { readonly kind: 'poison'; readonly error: unknown; readonly reason: string }
  /** The store or the key could not be had, or the application stops: the attempt does not count. */
  | { readonly kind: 'interrupted'; readonly error: unknown };

export interface DeliveryProcessorDependencies {
  readonly registry: Registry;
  readonly executor: Executor;
  readonly limits: MessageLimits;
  readonly clock: Clock;
  readonly random: () => number;
}

/** Makes single attempts at deliveries; what becomes of a failed one is for others to do. */
export class DeliveryProcessor {
  readonly #registry: Registry;
  readonly #executor: Executor;
  readonly #limits: MessageLimits;
  readonly #random: () => number;
  readonly #retries: ConflictRetries;

  constructor({ registry, executor, limits, random, clock }: DeliveryProcessorDependencies) {
    this.#registry = registry;
    this.#executor = executor;
    this.#limits = limits;
    this.#random = random;
    this.#retries = { executor, clock, random };
  }

  /** The handler that a subscription's delivery is for. */
  handlerOf(subscription: string, type: string): RunnableHandler | undefined {
    return subscription === COMMANDS
      ? this.#registry.commands.get(type)
      : this.#registry.subscriptions.get(subscription);
  }

  /** Why the message cannot be understood here, if it cannot: its handler is not called. */
  async refusalOf(subscription: string, envelope: Envelope): Promise<string | undefined> {
    try {
      const handler = this.#handlerFor(subscription, envelope);
      await this.#admitted(handler, envelope, await this.#decode(envelope));
      return undefined;
    } catch (error) {
      return reasonOf(error);
    }
  }

  /** Makes one attempt. Never rejects. */
  try(delivery: DeliveryToTry): Promise<TryOutcome> {
    const { subscription, envelope } = delivery;
    try {
      const handler = this.#handlerFor(subscription, envelope);
      const data = this.#admitted(handler, envelope, this.#decode(envelope));
      return data instanceof Promise
        ? data.then((decoded) => this.#attempt(handler, decoded, delivery), poison)
        : this.#attempt(handler, data, delivery);
    } catch (error) {
      return Promise.resolve(poison(error));
    }
  }

  async #attempt(
    handler: RunnableHandler,
    data: unknown,
    { subscription, envelope, attempts, claim, signal }: DeliveryToTry,
  ): Promise<TryOutcome> {
    try {
      const outcome = await this.#make({
        handler,
        type: envelope.type,
        data,
        messageId: envelope.id,
        correlationId: envelope.correlationid,
        causationId: envelope.causationid,
        attempt: attempts,
        envelope,
        signal,
        delivery: {
          subscription,
          messageId: envelope.id,
          fingerprint: fingerprintOf(envelope),
          key: envelope.partitionkey,
          ...(claim === undefined ? {} : { claim }),
        },
        ...(handler.kind === 'command' && envelope.intentid !== undefined
          ? {
              intent: intentOf(envelope.intentid, envelope.type, envelope.body),
            }
          : {}),
      });
      return outcome.status === 'busy'
        ? { kind: 'interrupted', error: new KeyBusyError(subscription) }
        : { kind: 'done', status: outcome.status };
    } catch (error) {
      if (isInterruption(error)) return { kind: 'interrupted', error };
      const step = nextStep(handler.retry, error, attempts, this.#random());
      return step.action === 'dead-letter'
        ? { kind: 'poison', error, reason: 'retries-exhausted' }
        : { kind: 'failed', error, step };
    }
  }

  /** Makes an attempt, and where the handler wants that makes it again as long as it only met a conflict. */
  #make(attempt: Attempt): Promise<AttemptOutcome> {
    return attempt.handler.retriesConflicts === true
      ? attemptUntilNoConflict(this.#retries, attempt)
      : this.#executor.attempt(attempt);
  }

  /**
   * Carries out a command whose sender waits for what comes of it, as if the sender executed it here.
   * Its intent is at least the request itself, so a copy gets the answer of the first.
   *
   * @throws what makes the attempt not count: the store cannot be used, or the application stops
   */
  async answer(subscription: string, envelope: Envelope, signal: AbortSignal): Promise<Reply> {
    try {
      const handler = this.#handlerFor(subscription, envelope);
      const data = await this.#decode(envelope);
      const outcome = await attemptUntilNoConflict(this.#retries, {
        handler,
        type: envelope.type,
        data,
        messageId: envelope.id,
        correlationId: envelope.correlationid,
        causationId: envelope.causationid,
        attempt: 1,
        envelope,
        signal: () => signal,
        intent: intentOf(envelope.intentid ?? envelope.id, envelope.type, envelope.body),
      });
      return replyOf(outcome);
    } catch (error) {
      if (isInterruption(error)) throw error;
      return { ok: false, error: replyError(error) };
    }
  }

  /** @throws {@link UndecodableMessageError} when the handler cannot take the message */
  #admitted({ admit }: RunnableHandler, { type }: Envelope, data: unknown): unknown {
    if (admit === undefined) return data;
    if (data instanceof Promise) {
      return data.then((decoded: unknown) => {
        admit(type, decoded);
        return decoded;
      });
    }
    admit(type, data);
    return data;
  }

  /** @throws {@link UndecodableMessageError} when there is none */
  #handlerFor(subscription: string, { type }: Envelope): RunnableHandler {
    const handler = this.handlerOf(subscription, type);
    // A type that a subscription had once may still be bound to its queue, and known to other handlers.
    if (handler !== undefined && takes(handler, type)) return handler;
    throw new UndecodableMessageError(
      'unknown-type',
      `"${subscription}" has no handler of "${type}"`,
    );
  }

  /** @throws {@link UndecodableMessageError} with the reason; rejects with it for an asynchronous schema */
  #decode(envelope: Envelope): unknown {
    const definition = this.#registry.definitions.get(envelope.type);
    return decodeMessage(envelope, definition, this.#limits);
  }
}

function takes(handler: RunnableHandler, type: string): boolean {
  return handler.kind === 'command' || (handler as RunnableSubscription).types.includes(type);
}

function poison(error: unknown): TryOutcome {
  return { kind: 'poison', error, reason: reasonOf(error) };
}

function reasonOf(error: unknown): string {
  return error instanceof UndecodableMessageError ? error.reason : 'undecodable';
}
