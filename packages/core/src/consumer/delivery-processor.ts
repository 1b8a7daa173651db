import { TidingsError } from '@tidings/domain';

import { intentOf } from '../bus/intent.ts';
import { COMMANDS, type Registry, type RunnableHandler } from '../composition/registry.ts';
import { decodeMessage } from '../envelope/decode-message.ts';
import type { Envelope } from '../envelope/envelope.ts';
import { fingerprintOf } from '../envelope/fingerprint.ts';
import type { MessageLimits } from '../envelope/limits.ts';
import { UndecodableMessageError } from '../errors/message-errors.ts';
import { KeyBusyError } from '../errors/store-errors.ts';
import type { AttemptOutcome } from '../execution/attempt.ts';
import type { Executor } from '../execution/executor.ts';
import type { HeldClaim } from '../ports/held-deliveries.ts';
import { nextStep, type RetryStep } from '../retry/retry-policy.ts';

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

const INTERRUPTIONS = new Set<string>([
  'TIDINGS_PERSISTENCE_UNAVAILABLE',
  'TIDINGS_COMMIT_UNKNOWN',
  'TIDINGS_APP_STATE',
]);

/** Makes single attempts at deliveries; what becomes of a failed one is for others to do. */
export class DeliveryProcessor {
  readonly #registry: Registry;
  readonly #executor: Executor;
  readonly #limits: MessageLimits;
  readonly #random: () => number;

  constructor(registry: Registry, executor: Executor, limits: MessageLimits, random: () => number) {
    this.#registry = registry;
    this.#executor = executor;
    this.#limits = limits;
    this.#random = random;
  }

  /** The handler that a subscription's delivery is for. */
  handlerOf(subscription: string, type: string): RunnableHandler | undefined {
    return subscription === COMMANDS
      ? this.#registry.commands.get(type)
      : this.#registry.subscriptions.get(subscription);
  }

  /** Makes one attempt. Never rejects. */
  try(delivery: DeliveryToTry): Promise<TryOutcome> {
    const { subscription, envelope } = delivery;
    const handler = this.handlerOf(subscription, envelope.type);
    try {
      if (handler === undefined) {
        throw new UndecodableMessageError(
          'unknown-type',
          `"${subscription}" has no handler of "${envelope.type}"`,
        );
      }
      const data = decodeMessage(
        envelope,
        this.#registry.definitions.get(envelope.type),
        this.#limits,
      );
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
      const outcome = await this.#executor.attempt({
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
      if (TidingsError.is(error) && INTERRUPTIONS.has(error.code))
        return { kind: 'interrupted', error };
      const step = nextStep(handler.retry, error, attempts, this.#random());
      return step.action === 'dead-letter'
        ? { kind: 'poison', error, reason: 'retries-exhausted' }
        : { kind: 'failed', error, step };
    }
  }
}

function poison(error: unknown): TryOutcome {
  const reason = error instanceof UndecodableMessageError ? error.reason : 'undecodable';
  return { kind: 'poison', error, reason };
}
