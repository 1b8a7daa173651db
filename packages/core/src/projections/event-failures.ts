import type { MessageDefinition } from '@tidings/domain';

import type { RunnableProjection } from '../composition/runnable-projection.ts';
import { errorText } from '../consumer/error-text.ts';
import { ProcessDiedError, UndecodableMessageError } from '../errors/message-errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { LeaseGrant } from '../ports/leases.ts';
import type { Logger } from '../ports/logger.ts';
import type { LoggedMessage, Position } from '../ports/message-log.ts';
import type { GenerationRef, ProjectionFailure, Projections } from '../ports/projections.ts';
import { nextStep, retryAttempts } from '../retry/retry-policy.ts';

export interface EventFailuresParts {
  readonly projections: Projections;
  readonly definitions: ReadonlyMap<string, MessageDefinition>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

/** An event whose attempts end without an outcome kills its process; innocent neighbours die with it. */
const LEAST_CRASHES = 5;
const DIED = 'process-died';
const NEWER = 'unsupported-version';
const SWAP = 'swap-failed';

/** What is known of the event that a generation does not get past, kept in the store as well. */
export class EventFailures {
  readonly #with: EventFailuresParts;
  readonly #projection: RunnableProjection;
  readonly #generation: GenerationRef;
  readonly #lease: LeaseGrant;
  #failure: ProjectionFailure | undefined;
  #dueAt = -Infinity;

  constructor(
    parts: EventFailuresParts,
    projection: RunnableProjection,
    generation: GenerationRef,
    lease: LeaseGrant,
  ) {
    this.#with = parts;
    this.#projection = projection;
    this.#generation = generation;
    this.#lease = lease;
  }

  /** Whether an event fails, or may be what killed a process: the next one is tried alone. */
  get areThere(): boolean {
    return this.#failure !== undefined;
  }

  /** In how many milliseconds the next event may be tried; `Infinity` where an operator has to say so. */
  get dueIn(): number {
    if (this.#failure?.blocked === true) return Infinity;
    return Math.max(0, this.#dueAt - this.#with.clock.monotonic());
  }

  /** Whether a process died with the next event, or with one of those after it. */
  get hasKilled(): boolean {
    return this.#failure?.reason === DIED;
  }

  /**
   * Goes by what the store knows.
   *
   * @param interrupted whether whoever worked before died
   */
  load(failure: ProjectionFailure | undefined, interrupted: boolean): void {
    const reason = failure?.blocked === true ? undefined : failure?.reason;
    // What this build may be able to read after all, and what killed nobody, is tried like any other.
    const isNone = reason === NEWER || reason === SWAP || (reason === DIED && !interrupted);
    this.#set(isNone ? undefined : failure);
  }

  /** The generation got past it; the store has forgotten it with the same commit. */
  passed(): void {
    this.#set(undefined);
  }

  /** An attempt to apply one event failed. */
  async failed({ position, envelope }: LoggedMessage, error: unknown): Promise<void> {
    const { name, retry } = this.#projection;
    const { logger, random } = this.#with;
    // That it was noted as what may kill the process is no attempt.
    const attempts = (this.hasKilled ? 0 : this.#attemptsAt(position)) + 1;
    const step = nextStep(retry, error, attempts, random());
    const blocked = step.action === 'dead-letter';
    await this.#note({
      position,
      messageId: envelope.id,
      type: envelope.type,
      reason: blocked ? 'retries-exhausted' : 'failed',
      error: errorText(error),
      attempts,
      blocked,
      dueIn: step.action === 'delay' ? step.milliseconds : 0,
    });
    const facts = { error, projection: name, position, messageId: envelope.id, attempts, ...step };
    if (blocked) logger.error(facts, 'an event blocks a projection: mend the cause, or skip it');
    else logger.warn(facts, 'an attempt to apply an event to a projection failed');
  }

  /**
   * An event cannot be read.
   *
   * @returns whether a newer build may be able to
   */
  async unreadable({ position, envelope }: LoggedMessage, error: unknown): Promise<boolean> {
    const { logger, definitions } = this.#with;
    const known = definitions.get(envelope.type)?.version ?? 0;
    const isNewer = envelope.dataversion > known;
    const reason = error instanceof UndecodableMessageError ? error.reason : 'undecodable';
    await this.#note({
      position,
      messageId: envelope.id,
      type: envelope.type,
      reason: isNewer ? NEWER : reason,
      error: errorText(error),
      attempts: this.#attemptsAt(position),
      blocked: !isNewer,
      dueIn: 0,
    });
    const facts = { error, projection: this.#projection.name, position, messageId: envelope.id };
    if (isNewer) logger.warn(facts, 'a projection waits for a newer build, which knows the event');
    else logger.error(facts, 'an event that cannot be read blocks a projection');
    return isNewer;
  }

  /** A generation that has caught up cannot become what readers see. Events are applied to it all the same. */
  async swapFailed(
    position: Position,
    error: unknown,
    attempts: number,
    dueIn: number,
  ): Promise<void> {
    const { projections, logger } = this.#with;
    const failure = {
      position: position + 1,
      reason: SWAP,
      error: errorText(error),
      attempts,
      blocked: false,
      dueIn,
    };
    await projections.fail(this.#generation, failure, this.#lease);
    const facts = { error, projection: this.#projection.name, attempts, dueIn };
    logger.warn(facts, 'a projection was built, but cannot be put in place of the one before yet');
  }

  /**
   * Notes that events are about to be applied, where that may kill the process: the note stays if it does.
   *
   * @param count how many, from `first` on
   * @returns whether they may be tried; not where one has done so again and again
   */
  async mayKill({ position, envelope }: LoggedMessage, count: number): Promise<boolean> {
    const { name, retry } = this.#projection;
    const made = this.#failure?.reason === DIED ? this.#attemptsAt(position) : 0;
    const blocked = count === 1 && made >= Math.max(retryAttempts(retry), LEAST_CRASHES);
    const error = new ProcessDiedError(blocked ? made : made + 1);
    await this.#note({
      position,
      messageId: envelope.id,
      type: envelope.type,
      reason: DIED,
      error: errorText(error),
      attempts: blocked ? made : made + 1,
      blocked,
      dueIn: 0,
    });
    if (blocked) {
      const facts = { error, projection: name, position, messageId: envelope.id };
      this.#with.logger.error(facts, 'an event that kills its process blocks a projection');
    }
    return !blocked;
  }

  #attemptsAt(position: Position): number {
    return this.#failure?.position === position ? this.#failure.attempts : 0;
  }

  async #note(failure: ProjectionFailure): Promise<void> {
    await this.#with.projections.fail(this.#generation, failure, this.#lease);
    this.#set(failure);
  }

  #set(failure: ProjectionFailure | undefined): void {
    this.#failure = failure;
    this.#dueAt = this.#with.clock.monotonic() + (failure?.dueIn ?? 0);
  }
}
