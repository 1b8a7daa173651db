import type { Command, Event, Message } from '@tidings/domain';

import type { Registry, RunnableCommandHandler } from '../composition/registry.ts';
import { isAttribute, type EnvelopeOrigin } from '../envelope/encode-message.ts';
import { validate } from '../envelope/validate.ts';
import { InvalidOptionsError } from '../errors/app-errors.ts';
import { UnknownCommandError, ValidationError } from '../errors/message-errors.ts';
import { currentCall } from '../execution/current-call.ts';
import type { Attempt } from '../execution/attempt.ts';
import { attemptUntilNoConflict } from '../execution/conflict-retries.ts';
import type { StoredMessage } from '../execution/kept-outcome.ts';
import type { Due, ScheduledMessages } from '../ports/scheduled-messages.ts';
import type { Intent } from '../ports/unit-of-work.ts';
import { type DueOptions, dueOf, refuseDue, requiredDueOf } from '../scheduled/due.ts';
import type { Executor } from '../execution/executor.ts';
import { assertJson } from '../json/json-faults.ts';
import type { Clock } from '../ports/clock.ts';
import type { IdGenerator } from '../ports/id-generator.ts';
import type { Transport } from '../ports/transport.ts';
import { receiptOf } from './receipt.ts';
import type { Receipts } from './receipts.ts';
import { intentOf } from './intent.ts';
import type {
  DispatchOptions,
  ExecuteOptions,
  MessageBus,
  PublicationOptions,
  RequestCommandOptions,
  WaitTarget,
} from './message-bus.ts';
import { requestError, resultOf } from './remote-request.ts';

const REQUEST_TIMEOUT_MS = 5000;

export interface LocalMessageBusDependencies {
  readonly service: string;
  readonly registry: Registry;
  readonly executor: Executor;
  readonly receipts: Receipts;
  readonly clock: Clock;
  readonly ids: IdGenerator;
  readonly random: () => number;
  readonly transport: Transport;
  readonly scheduled: ScheduledMessages;
  /** Called when a scheduled message got another due time. */
  readonly onScheduled: (due: Due) => void;
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
    const waitFor = this.#waitedFor(options);
    const attempt = this.#attemptOf(handler, command, data, options);
    const outcome = await attemptUntilNoConflict(this.#with, attempt);
    if (outcome.status === 'repeated') {
      options.onRepeated?.();
    } else if (outcome.status !== 'done') {
      throw new TypeError(`a command executed cannot be ${outcome.status}`);
    }
    options.onReceipt?.(receiptOf(this.#with.service, outcome.messages));
    if (waitFor.length > 0) await this.#wait(waitFor, outcome.messages, options);
    const { status, result } = outcome;
    return (status === 'done' ? result : await decoded(handler, result)) as Result;
  }

  async request<Result>(
    command: Command<string, unknown, Result>,
    { intent, correlationId, timeoutMs = REQUEST_TIMEOUT_MS, signal }: RequestCommandOptions = {},
  ): Promise<Result> {
    this.#with.assertRunning(`request ${command.type}`);
    signal?.throwIfAborted();
    const envelope = await this.#with.executor.encode(command, {
      ...this.#origin(correlationId),
      intentid: intent,
    });
    try {
      const reply = await this.#with.transport.request(envelope, { timeoutMs, signal });
      return (await resultOf(command, reply)) as Result;
    } catch (error) {
      throw requestError(command, error);
    }
  }

  async send(command: Command, options: DispatchOptions = {}): Promise<string> {
    const operation = `send ${command.type}`;
    this.#with.assertRunning(operation);
    const due = dueOf(operation, options, this.#with.clock.now());
    if (
      !this.#with.transport.capabilities.shared &&
      !this.#with.registry.commands.has(command.type)
    ) {
      throw new UnknownCommandError(command.type);
    }
    return this.#store(command, options, due);
  }

  async cancel(messageId: string): Promise<boolean> {
    this.#with.assertRunning('cancel a scheduled message');
    return this.#with.scheduled.cancel(messageId);
  }

  async reschedule(messageId: string, options: DueOptions): Promise<boolean> {
    const operation = 'reschedule a message';
    this.#with.assertRunning(operation);
    const due = requiredDueOf(operation, options, this.#with.clock.now());
    const isWaiting = await this.#with.scheduled.reschedule(messageId, due);
    if (isWaiting) this.#with.onScheduled(due);
    return isWaiting;
  }

  async publish(event: Event, options: PublicationOptions = {}): Promise<void> {
    const operation = `publish ${event.type}`;
    this.#with.assertRunning(operation);
    refuseDue(operation, options);
    await this.#store(event, options);
  }

  async #store(message: Message, options: DispatchOptions, due?: Due): Promise<string> {
    const origin = {
      ...this.#origin(options.correlationId),
      intentid: options.intent,
      partitionkey: options.partitionKey,
    };
    const { id } = await this.#with.executor.store(message, origin, due);
    return id;
  }

  /** What a message says of its cause. */
  #origin(correlationId?: string): Pick<EnvelopeOrigin, 'correlationid' | 'causationid'> {
    const cause = currentCall()?.context;
    return {
      correlationid: correlationId ?? cause?.correlationId ?? this.#with.ids.next(),
      causationid: cause?.messageId,
    };
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

  #waitedFor({ waitFor = [] }: ExecuteOptions): readonly Awaited[] {
    const { subscriptions, projections } = this.#with.registry;
    return waitFor.map((target) => {
      const name = nameOf(target);
      const subscription = subscriptions.get(name);
      if (subscription !== undefined) return { ...subscription, isApplied: false };
      const projection = projections.get(name);
      if (projection !== undefined) {
        return { ...projection, isApplied: projection.mode === 'inline' };
      }
      throw new InvalidOptionsError('execute', [
        `waitFor names "${name}", which is no subscription or projection of this application`,
      ]);
    });
  }

  async #wait(
    targets: readonly Awaited[],
    messages: readonly StoredMessage[],
    { waitTimeoutMs: timeoutMs, signal }: ExecuteOptions,
  ): Promise<void> {
    const { receipts } = this.#with;
    for (const { name, types, isApplied } of targets) {
      const ids = messages.filter(({ type }) => types.includes(type)).map(({ id }) => id);
      if (ids.length > 0) {
        await receipts.wait(name, ids, { timeoutMs, signal, lookFirst: isApplied });
      }
    }
  }
}

/** What a caller waits for. */
interface Awaited {
  readonly name: string;
  readonly types: readonly string[];
  /** Whether it most likely was applied with the commit. */
  readonly isApplied: boolean;
}

function nameOf(target: WaitTarget): string {
  if (typeof target === 'string') return target;
  return 'subscriptionName' in target ? target.subscriptionName : target.projectionName;
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
