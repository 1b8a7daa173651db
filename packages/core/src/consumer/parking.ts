import type { Envelope } from '../envelope/envelope.ts';
import { fingerprintOf } from '../envelope/fingerprint.ts';
import { MessageIdConflictError, UndecodableMessageError } from '../errors/message-errors.ts';
import type { ParkResult } from '../ports/dead-letters.ts';
import type { HeldClaim } from '../ports/held-deliveries.ts';
import type { IdGenerator } from '../ports/id-generator.ts';
import type { Logger } from '../ports/logger.ts';
import type { Persistence } from '../ports/persistence.ts';
import type { DeliveryProcessor } from './delivery-processor.ts';
import { errorText } from './error-text.ts';
import type { LeftKeys } from './left-keys.ts';
import type { DeliveryRecord } from './outcome-recorder.ts';

/** Nothing is wrong with a message that is parked for these reasons but that the build is too old for it. */
export const TOO_OLD_FOR: readonly string[] = [
  'unsupported-version',
  'unknown-type',
  'unknown-timeout',
];

export interface ParkingDependencies {
  readonly persistence: Persistence;
  readonly processor: DeliveryProcessor;
  readonly leftKeys: LeftKeys;
  readonly ids: IdGenerator;
  readonly logger: Logger;
  readonly onSettled: (record: DeliveryRecord) => void;
}

/** A delivery that is not tried any more. */
export interface FailedDelivery {
  readonly subscription: string;
  readonly envelope: Envelope;
  readonly attempts: number;
  /** With which it was tried, where it was held. */
  readonly claim?: HeldClaim;
}

/** Why it is not. */
export interface Failure {
  readonly reason: string;
  readonly error: unknown;
  /** Whether its key has to wait for it. Default: as the error, or else its subscription, says. */
  readonly block?: boolean;
}

/** An id made longer than this could not travel as an attribute. */
const LONGEST_ID = 230;

/** Makes dead letters of deliveries. */
export class Parking {
  readonly #with: ParkingDependencies;

  constructor(dependencies: ParkingDependencies) {
    this.#with = dependencies;
  }

  /**
   * Parks a delivery, unless it was dealt with already.
   *
   * @returns `held` where it is to block its key, and that is held: it has to wait there for its turn
   */
  async park(delivery: FailedDelivery, failure: Failure): Promise<'dealt-with' | 'held'> {
    const result = await this.#store(delivery, delivery.envelope, failure);
    if (result === 'held') return 'held';
    if (result === 'conflict') await this.parkConflict(delivery);
    else this.#tell(result, delivery, failure);
    return 'dealt-with';
  }

  /**
   * Parks a message whose id was used by another one before. It gets an id of its own, made of the one
   * it came with and its content, so that copies of it are dropped, it leaves the other alone, and it
   * can be replayed.
   */
  async parkConflict(delivery: FailedDelivery): Promise<void> {
    const { envelope } = delivery;
    const fingerprint = fingerprintOf(envelope).toString(36);
    const id = `${envelope.id.slice(0, LONGEST_ID)}~${fingerprint}`;
    const error = new MessageIdConflictError(envelope.id, id);
    const failure = { reason: 'id-conflict', error };
    const parked = await this.#store(delivery, { ...envelope, id }, failure);
    // In a key that is held it cannot wait for its turn: under the id it came with it is not held.
    const result =
      parked === 'held'
        ? await this.#store(delivery, { ...envelope, id }, { ...failure, block: false })
        : parked;
    this.#tell(result, delivery, failure);
  }

  #store(
    { subscription, attempts, claim }: FailedDelivery,
    envelope: Envelope,
    { reason, error, block }: Failure,
  ): Promise<ParkResult> {
    const { persistence, processor, leftKeys, ids } = this.#with;
    if (TOO_OLD_FOR.includes(reason)) {
      leftKeys.leave(subscription, envelope.partitionkey ?? envelope.id);
    }
    const handler = processor.handlerOf(subscription, envelope.type);
    return persistence.deadLetters.park({
      id: ids.next(),
      subscription,
      reason,
      error: errorText(error),
      attempts,
      envelope,
      block: block ?? (this.#awaitsItsReader(envelope, error) || handler?.onPoison === 'block'),
      ...(claim === undefined ? {} : { claim }),
    });
  }

  /**
   * Whether nothing is wrong with the message but that it came to a build that is too old for it. What its
   * subscription says of poison is not meant for this: another build takes it, and has to find its key as
   * it was.
   */
  #awaitsItsReader({ partitionkey }: Envelope, error: unknown): boolean {
    return partitionkey !== undefined && error instanceof UndecodableMessageError && error.isNewer;
  }

  #tell(
    result: ParkResult,
    { subscription, envelope: { id, type }, attempts }: FailedDelivery,
    { reason, error }: Failure,
  ): void {
    const { logger, onSettled } = this.#with;
    if (result === 'lost') return;
    if (result !== 'parked') {
      onSettled({ subscription, type, messageId: id, outcome: 'duplicate' });
      return;
    }
    logger.error(
      { error, reason, subscription, messageId: id, type, attempts },
      'a delivery became a dead letter',
    );
    onSettled({ subscription, type, messageId: id, outcome: 'dead-lettered', error });
  }
}
