import { setImmediate } from 'node:timers/promises';

import type { Command, Event, Message } from '@tidings/domain';

import type {
  Registry,
  RunnableCommandHandler,
  RunnableSubscription,
} from '../composition/registry.ts';
import { isAttribute } from '../envelope/encode-message.ts';
import { validate } from '../envelope/validate.ts';
import { InvalidOptionsError } from '../errors/app-errors.ts';
import { UnknownCommandError, ValidationError } from '../errors/message-errors.ts';
import { ConcurrencyError } from '../errors/store-errors.ts';
import { currentCall } from '../execution/current-call.ts';
import type { Attempt, AttemptOutcome } from '../execution/attempt.ts';
import type { StoredMessage } from '../execution/kept-outcome.ts';
import type { Intent } from '../ports/unit-of-work.ts';
import type { Executor } from '../execution/executor.ts';
import { assertJson } from '../json/json-faults.ts';
import type { Clock } from '../ports/clock.ts';
import type { IdGenerator } from '../ports/id-generator.ts';
import type { Receipts } from './receipts.ts';
import { intentOf } from './intent.ts';
import type { DispatchOptions, ExecuteOptions, MessageBus } from './message-bus.ts';

/** A command that still conflicts after this many attempts has met more than bad luck. */
const MAX_ATTEMPTS = 12;
const LONGEST_PAUSE_MS = 100;

export interface LocalMessageBusDependencies {
  readonly registry: Registry;
  readonly executor: Executor;
  readonly receipts: Receipts;
  readonly clock: Clock;
  readonly ids: IdGenerator;
  readonly random: () => number;
  /** Whether other processes may handle commands that this one does not know. */
  readonly isShared: boolean;
  /** Throws unless the application runs. */
  readonly assertRunning: (operation: string) => void;
}

/** The bus of one application. */
export class LocalMessageBus implements MessageBus {
  readonly #with: LocalMessageBusDependencies;

  constructor(dependencies: LocalMessageBusDependencies) {
    this.#with = dependencies;
  }

  async execute<Result>(
    command: Command<string, unknown, Result>,
    options: ExecuteOptions = {},
  ): Promise<Result> {
    this.#with.assertRunning(`execute ${command.type}`);
    const handler = this.#with.registry.commands.get(command.type);
    if (handler === undefined) throw new UnknownCommandError(command.type);
    const checked = validate(
      handler.definition.schema,
      command.data,
      (faults) => new ValidationError(command.type, faults),
    );
    const data: unknown = checked instanceof Promise ? await checked : checked;
    const waitFor = this.#subscriptionsOf(options);
    const attempt = this.#attemptOf(handler, command, data, options);
    let outcome: AttemptOutcome;
    try {
      outcome = await this.#with.executor.attempt(attempt);
    } catch (error) {
      outcome = await this.#tryAgain(attempt, error);
    }
    if (outcome.status === 'repeated') {
      options.onRepeated?.();
    } else if (outcome.status !== 'done') {
      throw new TypeError(`a command executed cannot be ${outcome.status}`);
    }
    if (waitFor.length > 0) await this.#wait(waitFor, outcome.messages, options);
    const { status, result } = outcome;
    return (status === 'done' ? result : await decoded(handler, result)) as Result;
  }

  async send(command: Command, options: DispatchOptions = {}): Promise<void> {
    this.#with.assertRunning(`send ${command.type}`);
    if (!this.#with.isShared && !this.#with.registry.commands.has(command.type)) {
      throw new UnknownCommandError(command.type);
    }
    await this.#store(command, options);
  }

  async publish(event: Event, options: Omit<DispatchOptions, 'intent'> = {}): Promise<void> {
    this.#with.assertRunning(`publish ${event.type}`);
    await this.#store(event, options);
  }

  async #store(message: Message, options: DispatchOptions): Promise<void> {
    const cause = currentCall()?.context;
    await this.#with.executor.store(message, {
      correlationid: options.correlationId ?? cause?.correlationId ?? this.#with.ids.next(),
      causationid: cause?.messageId,
      intentid: options.intent,
      partitionkey: options.partitionKey,
    });
  }

  #attemptOf(
    handler: RunnableCommandHandler,
    command: Command,
    data: unknown,
    options: ExecuteOptions,
  ): Attempt {
    const cause = currentCall()?.context;
    const messageId = this.#with.ids.next();
    const intent = options.intent === undefined ? undefined : intentFor(command, options.intent);
    return {
      handler,
      type: command.type,
      data,
      messageId,
      correlationId: options.correlationId ?? cause?.correlationId ?? messageId,
      causationId: cause?.messageId,
      attempt: 1,
      signal: options.signal === undefined ? undefined : () => options.signal,
      intent,
    };
  }

  /** Makes further attempts as long as each fails because of a conflict. */
  async #tryAgain(first: Attempt, failure: unknown): Promise<AttemptOutcome> {
    const signal = first.signal?.();
    let error = failure;
    for (let made = 1; made < MAX_ATTEMPTS; made += 1) {
      if (!ConcurrencyError.is(error, 'TIDINGS_CONCURRENCY')) throw error;
      if (made === 1) await setImmediate();
      else await this.#with.clock.sleep(pauseAfter(made) * this.#with.random(), signal);
      signal?.throwIfAborted();
      try {
        return await this.#with.executor.attempt({ ...first, attempt: made + 1 });
      } catch (again) {
        error = again;
      }
    }
    throw error;
  }

  #subscriptionsOf({ waitFor = [] }: ExecuteOptions): readonly RunnableSubscription[] {
    return waitFor.map((subscription) => {
      const name = typeof subscription === 'string' ? subscription : subscription.subscriptionName;
      const known = this.#with.registry.subscriptions.get(name);
      if (known !== undefined) return known;
      throw new InvalidOptionsError('execute', [
        `waitFor names "${name}", which is no subscription of this application`,
      ]);
    });
  }

  async #wait(
    subscriptions: readonly RunnableSubscription[],
    messages: readonly StoredMessage[],
    { waitTimeoutMs, signal }: ExecuteOptions,
  ): Promise<void> {
    for (const { name, types } of subscriptions) {
      const ids = messages.filter(({ type }) => types.includes(type)).map(({ id }) => id);
      if (ids.length > 0) await this.#with.receipts.wait(name, ids, waitTimeoutMs, signal);
    }
  }
}

/** Grows with the number of attempts, so that many writers of one aggregate spread out. */
function pauseAfter(attempts: number): number {
  return Math.min(LONGEST_PAUSE_MS, 2 ** attempts);
}

/** A kept result, as the command's schema gives it. */
function decoded({ checkResult }: RunnableCommandHandler, kept: unknown): unknown {
  return checkResult === undefined || kept === undefined ? kept : checkResult(kept);
}

function intentFor(command: Command, id: string): Intent {
  if (!isAttribute(id)) {
    throw new ValidationError(command.type, [
      { path: 'intent', message: 'must be 1 to 255 characters without control characters' },
    ]);
  }
  assertJson(`The data of ${command.type}`, command.data);
  return intentOf(id, command.type, JSON.stringify(command.data) ?? 'null');
}
