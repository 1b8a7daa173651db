import { messagesOf, type Receipt } from '../bus/receipt.ts';
import type { Receipts } from '../bus/receipts.ts';
import type { RunnableProjection } from '../composition/runnable-projection.ts';
import { InvalidOptionsError } from '../errors/app-errors.ts';
import type { Projection } from '../handlers/projection.ts';
import type { Clock } from '../ports/clock.ts';
import type { IdGenerator } from '../ports/id-generator.ts';
import type { ProjectionRecord } from '../ports/projections.ts';
import { beginGeneration, type BeginningParts } from './begin-generation.ts';
import { statusOf, type ProjectionStatus } from './projection-status.ts';
import { liveGenerations } from './work-plan.ts';

export interface ProjectionOfficeParts extends BeginningParts {
  readonly service: string;
  readonly registered: readonly RunnableProjection[];
  readonly receipts: Receipts;
  readonly clock: Clock;
  readonly ids: IdGenerator;
  /** Throws unless the application runs. */
  readonly assertRunning: (operation: string) => void;
  /** Called when something was decided about a projection. */
  readonly onDecided: () => void;
}

/** A projection, or its name. */
export type ProjectionName = string | Pick<Projection, 'projectionName'>;

/** An event that was passed over. */
export interface SkippedEvent {
  readonly projection: string;
  readonly messageId: string;
}

export interface WaitForOptions {
  /** How long to wait, in milliseconds. Default 5000. */
  readonly timeoutMs?: number;
  /** Stops waiting. */
  readonly signal?: AbortSignal;
}

export interface FollowOptions {
  /** How often it is looked, in milliseconds. Default 250. */
  readonly everyMs?: number;
  /** Stops following; the build goes on. */
  readonly signal?: AbortSignal;
}

const FOLLOW_MS = 250;

/** Where operators look at projections and decide about them, and where callers wait for them. */
export class ProjectionOffice {
  readonly #with: ProjectionOfficeParts;

  constructor(parts: ProjectionOfficeParts) {
    this.#with = parts;
  }

  /** How far each projection of this application has come. */
  async list(): Promise<readonly ProjectionStatus[]> {
    const { registered, persistence } = this.#with;
    if (registered.length === 0) return [];
    // First how far they have come, then the end of the log: nothing seems to be beyond it.
    const records = await persistence.projections.read(registered.map(({ name }) => name));
    const head = await persistence.log.head();
    return registered.map((projection) =>
      statusOf(
        projection,
        records.find(({ name }) => name === projection.name),
        head,
      ),
    );
  }

  /**
   * Resolves once readers see what the command did that gave this receipt, in every one of these
   * projections, whichever process keeps them. It is waited for the command's own events, not for a
   * position. Returns those that an operator had skipped; most often none.
   *
   * @throws {@link WaitTimeoutError} when it takes longer
   * @throws {@link InvalidOptionsError} for what is no receipt of this service
   */
  async waitFor(
    receipt: Receipt,
    projections: readonly ProjectionName[],
    { timeoutMs, signal }: WaitForOptions = {},
  ): Promise<readonly SkippedEvent[]> {
    const { receipts, service } = this.#with;
    const known = projections.map((projection) => this.#known('waitFor', projection));
    const skipped = await Promise.all(
      known.map(async ({ name, types }) => {
        const ids = messagesOf(receipt, service, types);
        if (ids.length === 0) return [];
        await receipts.wait(name, ids, { timeoutMs, signal, lookFirst: true });
        return this.#skippedOf(name, ids);
      }),
    );
    return skipped.flat();
  }

  /**
   * Has a projection built anew from the log, beside what readers see. Resolves when the build has begun;
   * {@link follow} it. Where one of this version is being built, nothing is begun.
   *
   * @throws {@link InvalidOptionsError} when a newer version is active or being built
   */
  async rebuild(projection: ProjectionName): Promise<void> {
    this.#with.assertRunning('rebuild a projection');
    const known = this.#known('rebuild', projection);
    const { name, version } = known;
    const record = await this.#record(name);
    const newest = Math.max(0, ...liveGenerations(record).map((one) => one.version));
    if (newest > version) {
      throw new InvalidOptionsError('rebuild', [
        `"${name}" has version ${version} in this process, and version ${newest} is there already; to go back, give the older code a higher version`,
      ]);
    }
    await beginGeneration(this.#with, known, true);
    this.#with.onDecided();
  }

  /**
   * Calls `onProgress` now and then while a projection is being built, and once at the end. Resolves with
   * the last status, when nothing is being built any more, or when the build needs an operator: it is
   * blocked, or paused.
   */
  async follow(
    projection: ProjectionName,
    onProgress: (status: ProjectionStatus) => void,
    { everyMs = FOLLOW_MS, signal }: FollowOptions = {},
  ): Promise<ProjectionStatus> {
    const { name } = this.#known('follow', projection);
    for (;;) {
      const status = (await this.list()).find((one) => one.name === name);
      if (status === undefined) throw unknown('follow', name);
      onProgress(status);
      const state = status.building?.state;
      if (state === undefined || state === 'blocked' || state === 'paused') return status;
      await this.#with.clock.sleep(everyMs, signal);
      if (signal?.aborted === true) return status;
    }
  }

  /**
   * Lets a projection go on without the event that blocks it; of what readers see, and else of what is
   * being built. The event is kept as a dead letter with the reason `skipped`. A later build applies it
   * again.
   *
   * @throws {@link InvalidOptionsError} when no event blocks it
   */
  async skip(projection: ProjectionName): Promise<SkippedEvent> {
    const { persistence, ids, onDecided, logger } = this.#with;
    const { name } = this.#known('skip', projection);
    const blocked = liveGenerations(await this.#record(name)).filter(
      ({ failure }) => failure?.blocked,
    );
    const generation = blocked.find(({ state }) => state === 'active') ?? blocked[0];
    const failure = generation?.failure;
    if (generation === undefined || failure?.messageId === undefined) throw notBlocked(name);
    const { position, error, attempts, messageId } = failure;
    const [message] = await persistence.log.read(position - 1, 1);
    const letter = {
      id: ids.next(),
      subscription: name,
      reason: 'skipped',
      error,
      attempts,
      ...(message === undefined ? {} : { envelope: message.envelope }),
      block: false,
    };
    if (!(await persistence.projections.skip(generation, position, letter))) throw notBlocked(name);
    logger.warn({ projection: name, position, messageId }, 'an event was skipped by a projection');
    onDecided();
    return { projection: name, messageId };
  }

  /** Tries what failed again at once, with its attempts counted from 0. Returns how many builds of it had failed. */
  async retry(projection: ProjectionName): Promise<number> {
    const { name } = this.#known('retry', projection);
    const retried = await this.#with.persistence.projections.retry(name);
    this.#with.onDecided();
    return retried;
  }

  /**
   * Stops a projection, in every process and also after restarts, until it is resumed: nothing is applied
   * once this has resolved. Of one that is inline only builds are paused.
   */
  async pause(projection: ProjectionName): Promise<void> {
    await this.#pause('pause', projection, true);
  }

  /** Lets a projection that was paused go on. */
  async resume(projection: ProjectionName): Promise<void> {
    await this.#pause('resume', projection, false);
  }

  async #pause(operation: string, projection: ProjectionName, paused: boolean): Promise<void> {
    const { name } = this.#known(operation, projection);
    await this.#with.persistence.projections.pause(name, paused);
    this.#with.onDecided();
  }

  async #skippedOf(name: string, ids: readonly string[]): Promise<readonly SkippedEvent[]> {
    const applied = await this.#with.persistence.projections.applied(name, ids);
    return applied
      .filter(({ skipped }) => skipped)
      .map(({ messageId }) => ({ projection: name, messageId }));
  }

  async #record(name: string): Promise<ProjectionRecord | undefined> {
    return (await this.#with.persistence.projections.read([name]))[0];
  }

  #known(operation: string, projection: ProjectionName): RunnableProjection {
    const name = typeof projection === 'string' ? projection : projection.projectionName;
    const known = this.#with.registered.find((one) => one.name === name);
    if (known === undefined) throw unknown(operation, name);
    return known;
  }
}

function unknown(operation: string, name: string): InvalidOptionsError {
  return new InvalidOptionsError(operation, [`"${name}" is no projection of this application`]);
}

function notBlocked(name: string): InvalidOptionsError {
  return new InvalidOptionsError('skip', [`no event blocks the projection "${name}"`]);
}
