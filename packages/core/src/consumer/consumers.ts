import { setImmediate } from 'node:timers/promises';

import { COMMANDS, type Registry } from '../composition/registry.ts';
import type { Envelope } from '../envelope/envelope.ts';
import type { Clock } from '../ports/clock.ts';
import type { IdGenerator } from '../ports/id-generator.ts';
import type { Logger } from '../ports/logger.ts';
import type { Persistence } from '../ports/persistence.ts';
import type {
  Consumer,
  Delivery,
  Transport,
  TransportSubscription,
  UnreadableMessage,
} from '../ports/transport.ts';
import type { DeliveryProcessor } from './delivery-processor.ts';
import { errorText } from './error-text.ts';
import type { LeftKeys } from './left-keys.ts';
import type { DeliveryRecord } from './outcome-recorder.ts';
import { Parking } from './parking.ts';

export interface ConsumersDependencies {
  readonly registry: Registry;
  readonly processor: DeliveryProcessor;
  readonly leftKeys: LeftKeys;
  readonly persistence: Persistence;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly ids: IdGenerator;
  readonly logger: Logger;
  readonly onSettled: (record: DeliveryRecord) => void;
  /** Called when a delivery was held, due in so many milliseconds. */
  readonly onHeld: (dueIn: number) => void;
}

const COMMAND_CONCURRENCY = 8;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 5000;

/** The subscriptions of an application as its transport sees them. */
export function transportSubscriptions(registry: Registry): readonly TransportSubscription[] {
  const events = [...registry.subscriptions.values()].map(({ name, types }) => ({
    name,
    kind: 'event' as const,
    types,
  }));
  const commands = [...registry.commands.keys()];
  return commands.length === 0
    ? events
    : [...events, { name: COMMANDS, kind: 'command', types: commands }];
}

/**
 * Takes deliveries from the transport and sees each through to an end: applied once, held for a later
 * attempt, or parked as a dead letter. A delivery is settled with the transport only after that is
 * committed.
 */
export class Consumers {
  readonly #with: ConsumersDependencies;
  readonly #parking: Parking;
  readonly #consumers = new Map<string, Consumer>();
  #interruptions = 0;

  constructor(dependencies: ConsumersDependencies) {
    this.#with = dependencies;
    this.#parking = new Parking(dependencies);
  }

  async start(): Promise<void> {
    const { registry, transport } = this.#with;
    for (const { name } of transportSubscriptions(registry)) {
      const concurrency = registry.subscriptions.get(name)?.concurrency ?? COMMAND_CONCURRENCY;
      const deliver = (delivery: Delivery): Promise<'settle' | 'retry'> =>
        this.#deliver(name, delivery);
      this.#consumers.set(name, await transport.subscribe(name, deliver, { concurrency }));
    }
  }

  /** Changes how many deliveries of a subscription may be in flight; `false` when it is not consumed. */
  setConcurrency(subscription: string, concurrency: number): boolean {
    const consumer = this.#consumers.get(subscription);
    consumer?.setConcurrency(concurrency);
    return consumer !== undefined;
  }

  /** Takes no further delivery and resolves once those in flight have ended. */
  async drain(): Promise<void> {
    await Promise.all([...this.#consumers.values()].map((consumer) => consumer.drain()));
  }

  /** Ends at once; deliveries in flight come again. */
  async close(): Promise<void> {
    await Promise.all([...this.#consumers.values()].map((consumer) => consumer.close()));
    this.#consumers.clear();
  }

  async #deliver(subscription: string, delivery: Delivery): Promise<'settle' | 'retry'> {
    try {
      const result =
        'unreadable' in delivery.message
          ? await this.#parkUnreadable(subscription, delivery.message)
          : await this.#process(subscription, delivery.message, delivery);
      this.#interruptions = 0;
      return result;
    } catch (error) {
      await this.#pause(subscription, error, delivery.signal);
      return 'retry';
    }
  }

  async #process(
    subscription: string,
    envelope: Envelope,
    delivery: Delivery,
  ): Promise<'settle' | 'retry'> {
    if (delivery.givenUp !== undefined) {
      const error = new Error('The transport gave the message up before it could be handled.');
      const failed = { subscription, envelope, attempts: 1 };
      const failure = { error, reason: delivery.givenUp };
      // In a key that is held it cannot wait for its turn: it is not to be tried.
      if ((await this.#parking.park(failed, failure)) === 'held') {
        await this.#parking.park(failed, { ...failure, block: false });
      }
      return 'settle';
    }
    if (delivery.reply !== undefined) return this.#answer(subscription, envelope, delivery);
    // It may have been under way when a process died, perhaps because of it: from here on its
    // attempts are counted by the store, each before it is made.
    if (delivery.redelivered) return this.#hold(subscription, envelope, 1, 0);
    for (let attempts = 1; ; attempts += 1) {
      const outcome = await this.#with.processor.try({
        subscription,
        envelope,
        attempts,
        signal: () => delivery.signal,
      });
      if (outcome.kind === 'interrupted') throw outcome.error;
      if (outcome.kind === 'poison') {
        const parked = await this.#parking.park({ subscription, envelope, attempts }, outcome);
        return parked === 'held' ? this.#hold(subscription, envelope, 0, 0) : 'settle';
      }
      if (outcome.kind === 'done') {
        if (outcome.status === 'held') return this.#hold(subscription, envelope, 0, 0);
        if (outcome.status === 'conflict') {
          await this.#parking.parkConflict({ subscription, envelope, attempts });
          return 'settle';
        }
        this.#record(
          subscription,
          envelope,
          outcome.status === 'duplicate' ? 'duplicate' : 'handled',
        );
        return 'settle';
      }
      this.#record(subscription, envelope, 'failed', outcome.error);
      const { step } = outcome;
      this.#with.logger.warn(
        { error: outcome.error, subscription, messageId: envelope.id, attempts, ...step },
        'an attempt to handle a delivery failed',
      );
      if (step.action === 'delay') {
        return this.#hold(
          subscription,
          envelope,
          attempts,
          step.milliseconds,
          errorText(outcome.error),
        );
      }
      // Whoever it collided with gets ahead.
      await setImmediate();
    }
  }

  /** What the sender of a request is told is no matter of dead letters. */
  async #answer(
    subscription: string,
    envelope: Envelope,
    { signal, reply }: Delivery,
  ): Promise<'settle'> {
    const answer = await this.#with.processor.answer(subscription, envelope, signal);
    await reply?.(answer);
    this.#record(subscription, envelope, 'handled');
    return 'settle';
  }

  async #hold(
    subscription: string,
    envelope: Envelope,
    attempts: number,
    dueIn: number,
    error?: string,
  ): Promise<'settle'> {
    const held = await this.#with.persistence.held.hold({
      subscription,
      envelope,
      key: envelope.partitionkey ?? envelope.id,
      attempts,
      dueIn,
      ...(error === undefined ? {} : { error }),
    });
    if (held === 'held') this.#with.onHeld(dueIn);
    else if (held === 'duplicate') this.#record(subscription, envelope, 'duplicate');
    else await this.#parking.parkConflict({ subscription, envelope, attempts });
    return 'settle';
  }

  async #parkUnreadable(subscription: string, message: UnreadableMessage): Promise<'settle'> {
    const { persistence, ids, logger } = this.#with;
    await persistence.deadLetters.park({
      id: ids.next(),
      subscription,
      reason: message.reason,
      error: 'The message cannot be read; its bytes are kept as they came.',
      attempts: 1,
      bytes: message.bytes,
      headers: message.headers,
      block: false,
    });
    logger.error(
      { reason: message.reason, subscription },
      'a message that cannot be read became a dead letter',
    );
    return 'settle';
  }

  #record(
    subscription: string,
    envelope: Envelope,
    outcome: DeliveryRecord['outcome'],
    error?: unknown,
  ): void {
    this.#with.onSettled({
      subscription,
      type: envelope.type,
      messageId: envelope.id,
      outcome,
      ...(error === undefined ? {} : { error }),
    });
  }

  /** The store cannot be used: the transport keeps the delivery, and gets it back the later the longer that lasts. */
  async #pause(subscription: string, error: unknown, signal: AbortSignal): Promise<void> {
    this.#interruptions += 1;
    const milliseconds = Math.min(
      LONGEST_PAUSE_MS,
      FIRST_PAUSE_MS * 2 ** Math.min(this.#interruptions, 10),
    );
    this.#with.logger.warn(
      { error, subscription, milliseconds },
      'a delivery was interrupted and is kept for later',
    );
    await this.#with.clock.sleep(milliseconds, signal);
  }
}
