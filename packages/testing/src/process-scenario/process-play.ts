import {
  decodeMessage,
  defaultMessageLimits,
  encodeMessage,
  processKey,
  processTransition,
  type AnyProcessManager,
  type EnvelopeOrigin,
  type IdGenerator,
  type ProcessInstance,
  type ProcessOccurrence,
  type ProcessTransition,
} from '@tidings/core';
import type { Event, Message } from '@tidings/domain';

import { SequentialIds } from '../sequential-ids.ts';
import type { VirtualClock } from '../virtual-clock.ts';

/** A message as it would be stored: its data as JSON gives it back. */
export interface PlayedMessage {
  readonly type: string;
  readonly data: unknown;
}

/** What one event, or one timeout, came to. */
export interface PlayedStep {
  readonly key: string;
  readonly outcome: ProcessTransition['outcome'];
  readonly commands: readonly PlayedMessage[];
  readonly events: readonly PlayedMessage[];
}

interface Timer {
  readonly id: string;
  readonly key: string;
  readonly instanceId: string;
  readonly timeout: string;
  /** By the clock's wall time. */
  readonly dueAt: number;
}

/** Plays one process without an application: its instances, and the timeouts that they have set. */
export class ProcessPlay {
  readonly #process: AnyProcessManager;
  readonly #clock: VirtualClock;
  readonly #ids: IdGenerator = new SequentialIds();
  readonly #instances = new Map<string, ProcessInstance>();
  #timers: Timer[] = [];

  constructor(process: AnyProcessManager, clock: VirtualClock) {
    this.#process = process;
    this.#clock = clock;
  }

  /** The running instance with a key. */
  instance(key: string): ProcessInstance | undefined {
    return this.#instances.get(key);
  }

  /** When the open timeouts of an instance are due, ISO 8601 by their names. */
  timeouts(key: string): Readonly<Record<string, string>> {
    const { timeouts = {} } = this.#instances.get(key) ?? {};
    return Object.fromEntries(
      Object.entries(timeouts).map(([name, id]) => {
        const timer = this.#timers.find((each) => each.id === id);
        return [name, timer === undefined ? 'has fired' : new Date(timer.dueAt).toISOString()];
      }),
    );
  }

  /** Handles an event as it would come out of its envelope. */
  async take(event: Event): Promise<PlayedStep> {
    const type = event.type;
    const definition = [...this.#process.startedBy, ...(this.#process.continuedBy ?? [])].find(
      (each) => each.type === type,
    );
    const id = this.#ids.next();
    const envelope = await encodeMessage(event, this.#origin(id), defaultMessageLimits);
    const data = await decodeMessage(envelope, definition, defaultMessageLimits);
    return this.#step(processKey(this.#process, type, data), id, { type, data });
  }

  /** The timeouts that are due, in the order of their due times; each is given once. */
  fire(): readonly Timer[] {
    const now = this.#clock.now();
    const due = this.#timers.filter(({ dueAt }) => dueAt <= now);
    this.#timers = this.#timers.filter(({ dueAt }) => dueAt > now);
    return due.toSorted((left, right) => left.dueAt - right.dueAt);
  }

  /** Tells the process that a timeout was due, which may be over by now. */
  tell({ id, key, instanceId, timeout }: Timer): Promise<PlayedStep> {
    return this.#step(key, id, { timeout, instanceId });
  }

  /** In how many milliseconds the next timeout is due; nothing when none is open. */
  get nextDueIn(): number | undefined {
    const due = this.#timers.map(({ dueAt }) => dueAt);
    return due.length === 0 ? undefined : Math.max(0, Math.min(...due) - this.#clock.now());
  }

  async #step(key: string, messageId: string, occurrence: ProcessOccurrence): Promise<PlayedStep> {
    const context = {
      key,
      messageId,
      correlationId: messageId,
      now: new Date(this.#clock.now()).toISOString(),
    };
    const transition = await processTransition(
      this.#process,
      this.#instances.get(key),
      occurrence,
      context,
    );
    const { outcome, step } = transition;
    // First what can fail: in a unit of work nothing of it would be kept.
    const commands = await this.#stored(step.send);
    const events = await this.#stored(step.publish);
    this.#keep(key, transition);
    return { key, outcome, commands, events };
  }

  #keep(key: string, { outcome, instance, set, cancelled }: ProcessTransition): void {
    this.#timers = this.#timers.filter(({ id }) => !cancelled.includes(id));
    if (instance === undefined) return;
    if (outcome === 'completed') {
      this.#instances.delete(key);
      return;
    }
    const timers = set.map(([timeout, due]) => ({
      id: this.#ids.next(),
      key,
      instanceId: instance.instanceId,
      timeout,
      dueAt: 'at' in due ? Date.parse(due.at) : this.#clock.now() + due.inMs,
    }));
    this.#timers.push(...timers);
    const opened = timers.map(({ timeout, id }) => [timeout, id]);
    this.#instances.set(key, {
      ...instance,
      version: instance.version + 1,
      timeouts: { ...instance.timeouts, ...Object.fromEntries(opened) },
    });
  }

  async #stored(messages: readonly Message[] = []): Promise<readonly PlayedMessage[]> {
    const stored: PlayedMessage[] = [];
    for (const message of messages) {
      const origin = this.#origin(this.#ids.next());
      const { type, body } = await encodeMessage(message, origin, defaultMessageLimits);
      stored.push({ type, data: JSON.parse(body) as unknown });
    }
    return stored;
  }

  #origin(id: string): EnvelopeOrigin {
    const time = new Date(this.#clock.now()).toISOString();
    return { id, source: 'scenario', time, correlationid: id };
  }
}
