import { ProcessDiedError } from '../errors/message-errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { ClaimedDelivery, HeldClaim } from '../ports/held-deliveries.ts';
import type { IdGenerator } from '../ports/id-generator.ts';
import type { Logger } from '../ports/logger.ts';
import type { Persistence } from '../ports/persistence.ts';
import { retryAttempts } from '../retry/retry-policy.ts';
import { WakeSignal } from '../time/wake-signal.ts';
import type { DeliveryProcessor } from './delivery-processor.ts';
import { errorText } from './error-text.ts';
import type { LeftKeys } from './left-keys.ts';
import type { DeliveryRecord } from './outcome-recorder.ts';
import { Parking } from './parking.ts';

export interface HeldRunnerDependencies {
  readonly persistence: Persistence;
  readonly processor: DeliveryProcessor;
  readonly leftKeys: LeftKeys;
  readonly subscriptions: readonly string[];
  readonly clock: Clock;
  readonly ids: IdGenerator;
  readonly logger: Logger;
  readonly onSettled: (record: DeliveryRecord) => void;
}

/** How many held keys are worked on at once: they are the exception, and leave the pool to the rest. */
const CONCURRENCY = 4;
/** Another process may hold a delivery, and nobody tells. */
const POLL_MS = 500;
/** Claims of a process that died are free after this; a living one renews them. */
const CLAIM_MS = 10_000;
/** A delivery whose attempts end without an outcome kills its process; innocent neighbours die with it. */
const LEAST_CRASHES = 5;
const AFTER_INTERRUPTION_MS = 1000;

/**
 * Tries held deliveries again when they are due, each key's head first, and then what waits behind
 * it. Any number of processes may run one.
 */
export class HeldRunner {
  readonly #with: HeldRunnerDependencies;
  readonly #parking: Parking;
  readonly #wake: WakeSignal;
  readonly #claims = new Map<HeldClaim, Promise<void>>();
  #stopping = false;
  #running: Promise<unknown> | undefined;
  #stopped = new AbortController();

  constructor(dependencies: HeldRunnerDependencies) {
    this.#with = dependencies;
    this.#parking = new Parking(dependencies);
    this.#wake = new WakeSignal(dependencies.clock);
  }

  start(): void {
    if (this.#with.subscriptions.length === 0) return;
    this.#stopping = false;
    this.#stopped = new AbortController();
    this.#running ??= Promise.all([this.#run(), this.#renewClaims()]);
  }

  /** A delivery was held or replayed: look again when it is due. */
  poke(): void {
    this.#wake.wake();
  }

  /** Claims nothing more and resolves once what is being tried has ended. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#wake.wake();
    await Promise.all(this.#claims.values());
    this.#stopped.abort();
    await this.#running;
    this.#running = undefined;
  }

  async #run(): Promise<void> {
    const { persistence, subscriptions, leftKeys, logger } = this.#with;
    while (!this.#stopping) {
      try {
        const free = CONCURRENCY - this.#claims.size;
        const left = leftKeys.current();
        const claimed =
          free > 0 ? await persistence.held.claim(subscriptions, free, CLAIM_MS, left) : [];
        for (const delivery of claimed) this.#start(delivery);
        if (claimed.length < free || free === 0) {
          await this.#wake.sleep(await this.#nextLook(left.length > 0));
        }
      } catch (error) {
        logger.warn({ error }, 'held deliveries could not be claimed; tried again soon');
        await this.#wake.sleep(AFTER_INTERRUPTION_MS);
      }
    }
  }

  /** @param leaves whether what is due may be something that is left to others */
  async #nextLook(leaves: boolean): Promise<number> {
    const { persistence, subscriptions } = this.#with;
    if (this.#claims.size > 0 || leaves) return POLL_MS;
    const { nextDueIn = POLL_MS } = await persistence.held.waiting(subscriptions);
    return Math.min(POLL_MS, Math.max(1, nextDueIn));
  }

  #start(delivery: ClaimedDelivery): void {
    const done = this.#try(delivery)
      .catch((error: unknown) => this.#giveBack(delivery, error))
      .finally(() => {
        this.#claims.delete(delivery.claim);
        this.#wake.wake();
      });
    this.#claims.set(delivery.claim, done);
  }

  /** What became of the attempt could not be stored: it is made again, as if it had not been. */
  async #giveBack({ claim, attempts }: ClaimedDelivery, error: unknown): Promise<void> {
    const { persistence, logger } = this.#with;
    logger.warn({ error, ...claim }, 'a held delivery was interrupted and is kept for later');
    try {
      await persistence.held.release(claim, AFTER_INTERRUPTION_MS, errorText(error), attempts - 1);
    } catch (failure) {
      logger.warn(
        { error: failure, ...claim },
        'its claim could not be given back; it will expire',
      );
    }
  }

  async #try({ claim, envelope, attempts }: ClaimedDelivery): Promise<void> {
    const { persistence, processor } = this.#with;
    const { subscription } = claim;
    const handler = processor.handlerOf(subscription, envelope.type);
    const limit = Math.max(LEAST_CRASHES, handler === undefined ? 1 : retryAttempts(handler.retry));
    if (attempts > limit) {
      const made = attempts - 1;
      const error = new ProcessDiedError(made);
      await this.#parking.park(
        { subscription, envelope, attempts: made, claim },
        { reason: 'process-died', error },
      );
      return;
    }
    const outcome = await processor.try({ subscription, envelope, attempts, claim });
    switch (outcome.kind) {
      case 'done':
        if (outcome.status === 'conflict') {
          return this.#parking.parkConflict({ subscription, envelope, attempts, claim });
        }
        if (outcome.status !== 'lost') {
          this.#record(claim, envelope, outcome.status === 'duplicate' ? 'duplicate' : 'handled');
        }
        return;
      case 'poison':
        await this.#parking.park({ subscription, envelope, attempts, claim }, outcome);
        return;
      case 'failed': {
        this.#record(claim, envelope, 'failed', outcome.error);
        const dueIn = outcome.step.action === 'delay' ? outcome.step.milliseconds : 0;
        this.#with.logger.warn(
          { error: outcome.error, subscription, messageId: envelope.id, attempts, dueIn },
          'an attempt to handle a held delivery failed',
        );
        return persistence.held.release(claim, dueIn, errorText(outcome.error));
      }
      case 'interrupted':
        return this.#giveBack({ claim, envelope, attempts }, outcome.error);
    }
  }

  #record(
    { subscription }: HeldClaim,
    { type, id }: ClaimedDelivery['envelope'],
    outcome: DeliveryRecord['outcome'],
    error?: unknown,
  ): void {
    this.#with.onSettled({
      subscription,
      type,
      messageId: id,
      outcome,
      ...(error === undefined ? {} : { error }),
    });
  }

  async #renewClaims(): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      await this.#with.clock.sleep(CLAIM_MS / 3, signal);
      if (this.#claims.size === 0 || signal.aborted) continue;
      try {
        await this.#with.persistence.held.renew([...this.#claims.keys()], CLAIM_MS);
      } catch (error) {
        // A claim that expires is refused at its commit, so no effect is doubled by this.
        this.#with.logger.warn({ error }, 'claims of held deliveries could not be renewed');
      }
    }
  }
}
