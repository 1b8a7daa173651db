import type { Event } from '@tidings/domain';

import type { MessageLimits } from '../envelope/limits.ts';
import { ProcessNotFoundError } from '../errors/process-errors.ts';
import type { CallContext } from '../execution/call-context.ts';
import type { Clock } from '../ports/clock.ts';
import type { ProcessInstance } from '../ports/processes.ts';
import type { Due } from '../ports/scheduled-messages.ts';
import type { UnitOfWork } from '../ports/unit-of-work.ts';
import type { AnyProcessManager } from './process-manager.ts';
import {
  assertTimeout,
  processKey,
  processTransition,
  type ProcessOccurrence,
  type ProcessTransition,
} from './process-transition.ts';
import { timeoutEvent, type TimeoutData, type TimeoutEvent } from './timeout-event.ts';

/** What runners of one application work with. */
export interface ProcessEnvironment {
  readonly service: string;
  readonly clock: Clock;
  readonly limits: MessageLimits;
}

/** Carries out what comes of the events of one process, in their units of work. */
export class ProcessRunner {
  /** Tells of the process's timeouts; it is its own subscriber. */
  readonly timeout: TimeoutEvent;
  readonly #process: AnyProcessManager;
  readonly #with: ProcessEnvironment;

  constructor(process: AnyProcessManager, environment: ProcessEnvironment) {
    this.#process = process;
    this.#with = environment;
    this.timeout = timeoutEvent(environment.service, process.subscriptionName);
  }

  /** @throws {@link UndecodableMessageError} when the event is for no instance, or nobody knows the timeout */
  readonly admit = (type: string, data: unknown): void => {
    if (type === this.timeout.type) assertTimeout(this.#process, (data as TimeoutData).timeout);
    else processKey(this.#process, type, data);
  };

  /** Handles one event, or that a timeout is due. */
  readonly run = async (
    data: unknown,
    { unit }: { readonly unit: UnitOfWork },
    context: CallContext,
  ): Promise<void> => {
    const { subscriptionName: name } = this.#process;
    const { messageId, correlationId, envelope } = context;
    const { key, occurrence } = this.#occurrenceOf(envelope?.type ?? '', data);
    const transition = await processTransition(
      this.#process,
      await unit.processes.load(name, key),
      occurrence,
      { key, messageId, correlationId, now: new Date(this.#with.clock.now()).toISOString() },
      this.#with.limits,
    );
    if (transition.outcome === 'missing' && this.#process.onMissing === 'dead-letter') {
      throw new ProcessNotFoundError(name, key, envelope?.type ?? '');
    }
    if (transition.outcome === 'missing' || transition.outcome === 'late') {
      context.logger.debug({ key, outcome: transition.outcome }, 'ignored by the process');
    }
    this.#carryOut(transition, unit, context);
  };

  #carryOut(
    { outcome, step, instance, set, cancelled }: ProcessTransition,
    { processes }: UnitOfWork,
    context: CallContext,
  ): void {
    for (const command of step.send ?? []) context.send(command);
    for (const event of step.publish ?? []) context.publish(event);
    for (const id of cancelled) context.cancel(id);
    if (instance === undefined) return;
    if (outcome === 'completed') processes.complete(instance);
    else processes.save(this.#withTimeouts(instance, set, context));
  }

  /** The instance with the timeouts that are open from now on. */
  #withTimeouts(
    instance: ProcessInstance,
    set: ProcessTransition['set'],
    context: CallContext,
  ): ProcessInstance {
    const { key, instanceId, timeouts } = instance;
    const message = (timeout: string): Event =>
      this.timeout({ key, instance: instanceId, timeout });
    const add = (timeout: string, due: Due): string =>
      context.add('set a timeout by', message(timeout), {}, due);
    const added = set.map(([name, due]) => [name, add(name, due)] as const);
    return { ...instance, timeouts: { ...timeouts, ...Object.fromEntries(added) } };
  }

  #occurrenceOf(type: string, data: unknown): { key: string; occurrence: ProcessOccurrence } {
    if (type !== this.timeout.type) {
      return { key: processKey(this.#process, type, data), occurrence: { type, data } };
    }
    const { key, instance: instanceId, timeout } = data as TimeoutData;
    return { key, occurrence: { timeout, instanceId } };
  }
}
