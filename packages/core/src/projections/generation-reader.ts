import { setImmediate } from 'node:timers/promises';

import type { RunnableProjection } from '../composition/runnable-projection.ts';
import { isInterruption } from '../execution/interruptions.ts';
import type { ProjectedEvent } from '../handlers/projection.ts';
import type { LoggedMessage, LogPage, Position } from '../ports/message-log.ts';
import type { Generation } from '../ports/projections.ts';
import type { LeaseKeeper } from '../relay/lease-keeper.ts';
import type { WakeSignal } from '../time/wake-signal.ts';
import type { Applying } from './apply-events.ts';
import { BatchSize } from './batch-size.ts';
import { BuildProgress } from './build-progress.ts';
import { EventFailures, type EventFailuresParts } from './event-failures.ts';
import { GenerationUnits, type GenerationUnitsParts } from './generation-units.ts';
import { decodeEvents } from './projected-events.ts';

export interface GenerationReaderParts extends GenerationUnitsParts, EventFailuresParts {
  /** How often, in milliseconds, the log is looked at when nobody wakes the reader. */
  readonly pollMs: number;
  /** Events were applied to what readers see. */
  readonly onApplied: (projection: string, events: readonly ProjectedEvent[]) => void;
  readonly onFailed: (projection: string, message: LoggedMessage, error: unknown) => void;
}

/** How a reader works: under which lease, woken by what, and until when. */
export interface Work {
  readonly keeper: LeaseKeeper;
  readonly wake: WakeSignal;
  readonly ending: AbortSignal;
}

/**
 * - `ended`: it was told to end, or lost its lease
 * - `over`: the generation is retired
 * - `unfit`: the log has an event that only a newer build can read
 */
export type ReadingEnd = 'ended' | 'over' | 'unfit';

/** Another process may let a blocked projection go on, and nobody tells. */
const OPERATOR_POLL_MS = 1000;
/** That there was nothing to apply is written down at most this often … */
const PASS_OVER_MS = 1000;
/** … or after so many messages. */
const PASS_OVER_MESSAGES = 10_000;
/** After a process died, this many events at once; what kills is then found among them. */
const CAREFUL_BATCH = 100;
const LONGEST_SWAP_PAUSE_MS = 30_000;
/** A build that is no further from the end of the log than this is put in place. */
const ALMOST = 200;

/** Reads the log for one generation, from where it is, until it is told to end. */
export class GenerationReader {
  readonly #with: GenerationReaderParts;
  readonly #projection: RunnableProjection;
  readonly #work: Work;
  readonly #units: GenerationUnits;
  readonly #failures: EventFailures;
  readonly #size: BatchSize;
  readonly #progress: BuildProgress;
  #generation: Generation;
  /** So far it has looked; the store knows of {@link GenerationUnits.position}. */
  #looked: Position;
  #passedOverAt: number;
  #ahead: { readonly after: Position; readonly page: Promise<LogPage> } | undefined;
  /** How many events are applied with care, because a process died with some of them. */
  #careful = { left: 0, batch: CAREFUL_BATCH };
  #swap = { failures: 0, notBefore: -Infinity };

  private constructor(
    parts: GenerationReaderParts,
    projection: RunnableProjection,
    work: Work,
    generation: Generation,
    interrupted: boolean,
  ) {
    const { grant } = work.keeper;
    this.#with = parts;
    this.#projection = projection;
    this.#work = work;
    this.#generation = generation;
    this.#units = new GenerationUnits(parts, projection, generation, grant, generation.position);
    this.#failures = new EventFailures(parts, projection, generation, grant);
    this.#failures.load(generation.failure, interrupted);
    this.#size = new BatchSize(projection.maxBatch);
    this.#progress = new BuildProgress(parts, generation);
    this.#looked = generation.position;
    this.#passedOverAt = parts.clock.monotonic();
    if (!interrupted) return;
    this.#careful = this.#failures.hasKilled
      ? { left: CAREFUL_BATCH, batch: 1 }
      : { left: projection.maxBatch, batch: CAREFUL_BATCH };
  }

  /** Works on a generation that nobody else works on. Rejects when the store cannot be used. */
  static async run(
    parts: GenerationReaderParts,
    projection: RunnableProjection,
    ref: Pick<Generation, 'projection' | 'generation'>,
    work: Work,
  ): Promise<ReadingEnd> {
    const { grant } = work.keeper;
    const taken = await parts.projections.take(ref, grant);
    if (taken === undefined) return 'over';
    const { generation, interrupted } = taken;
    const reader = new GenerationReader(parts, projection, work, generation, interrupted);
    try {
      return await reader.#run();
    } finally {
      // Otherwise the next one takes this process for dead, and is careful without need.
      await parts.projections.leave(ref, grant).catch(() => {});
    }
  }

  async #run(): Promise<ReadingEnd> {
    const { keeper, ending } = this.#work;
    while (keeper.isHeld && !ending.aborted) {
      const end = this.#failures.dueIn > 0 ? await this.#waitForFailure() : await this.#step();
      if (end !== undefined) return end;
    }
    return 'ended';
  }

  async #step(): Promise<ReadingEnd | undefined> {
    const isAlone = this.#failures.areThere;
    const limit = isAlone ? 1 : this.#carefully(this.#size.current);
    const page = await this.#page(limit);
    const [first] = page.messages;
    if (first === undefined) return this.#passOver(page.upTo);
    const envelopes = page.messages.map(({ envelope }) => envelope);
    const { events, unreadable } = await decodeEvents(envelopes, this.#with);
    if (events.length === 0) {
      return (await this.#failures.unreadable(first, unreadable)) ? 'unfit' : undefined;
    }
    const isWhole = events.length === page.messages.length;
    const to = isWhole ? page.upTo : (page.messages[events.length - 1]?.position ?? page.upTo);
    if (isWhole && !isAlone && page.messages.length === limit) this.#readAhead(to);
    await this.#apply(page.messages.slice(0, events.length), events, to);
    const isNearEnd = isWhole && page.messages.length < limit && this.#looked === to;
    return isNearEnd && (await this.#isAlmostBuilt()) ? this.#swapIn() : undefined;
  }

  /** While events come all the time the end of the log is never reached: what is left is applied with the swap. */
  async #isAlmostBuilt(): Promise<boolean> {
    if (this.#generation.state !== 'building') return false;
    const head = await this.#with.persistence.log.head();
    return head - this.#looked < ALMOST;
  }

  async #apply(
    messages: readonly LoggedMessage[],
    events: readonly ProjectedEvent[],
    to: Position,
  ): Promise<void> {
    const { clock, onApplied } = this.#with;
    const [first] = messages;
    const last = messages.at(-1);
    if (first === undefined || last === undefined) return;
    const isCareful = this.#careful.left > 0;
    if (isCareful && !(await this.#failures.mayKill(first, messages.length))) return;
    const applying: Applying = {};
    const began = clock.monotonic();
    try {
      await this.#units.apply(events, to, applying);
    } catch (error) {
      if (isInterruption(error)) throw error;
      await this.#failed(messages, applying.before, error);
      return;
    }
    this.#looked = to;
    this.#failures.passed();
    this.#size.applied(messages.length, last.position, clock.monotonic() - began);
    if (isCareful) this.#careful = { ...this.#careful, left: this.#careful.left - messages.length };
    if (this.#generation.state === 'active') onApplied(this.#projection.name, events);
    else await this.#progress.at(to);
    // A store in memory never waits: everybody else has to get a turn.
    await setImmediate();
  }

  async #failed(
    messages: readonly LoggedMessage[],
    before: number | undefined,
    error: unknown,
  ): Promise<void> {
    const { logger, onFailed } = this.#with;
    this.#ahead = undefined;
    const [first] = messages;
    const last = messages.at(-1);
    if (first === undefined || last === undefined) return;
    if (messages.length > 1) {
      this.#failures.passed();
      this.#size.failed(messages.length, last.position, before);
      const events = messages.length;
      logger.warn(
        { error, events, next: this.#size.current },
        'a batch failed and is made smaller',
      );
      return;
    }
    await this.#failures.failed(first, error);
    if (this.#generation.state === 'active') onFailed(this.#projection.name, first, error);
  }

  /** There was nothing to apply up to here. */
  async #passOver(upTo: Position): Promise<ReadingEnd | undefined> {
    const { clock, pollMs } = this.#with;
    const isAtEnd = upTo <= this.#looked;
    this.#looked = Math.max(upTo, this.#looked);
    const behind = this.#looked - this.#units.position;
    const isDue = isAtEnd && clock.monotonic() - this.#passedOverAt >= PASS_OVER_MS;
    const isBuilt = isAtEnd && this.#generation.state === 'building';
    if (behind > 0 && (isDue || isBuilt || behind >= PASS_OVER_MESSAGES)) {
      await this.#units.passOver(this.#looked);
      this.#passedOverAt = clock.monotonic();
      if (this.#generation.state === 'building') await this.#progress.at(this.#looked);
    }
    if (!isAtEnd) return undefined;
    const end = isBuilt ? await this.#swapIn() : undefined;
    if (this.#generation.state === 'building' || !isBuilt) await this.#work.wake.sleep(pollMs);
    return end;
  }

  /** Makes the generation what readers see, if it can be now. */
  async #swapIn(): Promise<ReadingEnd | undefined> {
    if (this.#with.clock.monotonic() < this.#swap.notBefore) return undefined;
    this.#ahead = undefined;
    try {
      if (!(await this.#units.swap())) return undefined;
    } catch (error) {
      if (isInterruption(error)) throw error;
      await this.#swapFailed(error);
      return undefined;
    }
    this.#looked = Math.max(this.#looked, this.#units.position);
    this.#generation = { ...this.#generation, state: 'active' };
    this.#progress.swapped(this.#looked);
    // From here on whoever stores an event applies it.
    return this.#projection.mode === 'inline' ? 'over' : undefined;
  }

  /** The generation stays what it is, and is swapped in later. */
  async #swapFailed(error: unknown): Promise<void> {
    const failures = this.#swap.failures + 1;
    const pause = Math.min(LONGEST_SWAP_PAUSE_MS, 500 * 2 ** failures);
    this.#swap = { failures, notBefore: this.#with.clock.monotonic() + pause };
    await this.#failures.swapFailed(this.#units.position, error, failures, pause);
  }

  /** An event is not due yet, or an operator has to decide about it. */
  async #waitForFailure(): Promise<ReadingEnd | undefined> {
    const { projections } = this.#with;
    await this.#work.wake.sleep(Math.min(OPERATOR_POLL_MS, this.#failures.dueIn));
    if (this.#work.ending.aborted) return 'ended';
    const { projection, generation } = this.#generation;
    const [record] = await projections.read([projection]);
    const now = record?.generations.find((one) => one.generation === generation);
    if (now === undefined || now.state === 'retired') return 'over';
    if (now.position > this.#units.position) {
      this.#units.moved(now.position);
      this.#looked = Math.max(this.#looked, now.position);
    }
    this.#failures.load(now.failure, true);
    return undefined;
  }

  #carefully(limit: number): number {
    return this.#careful.left > 0 ? Math.min(limit, this.#careful.batch) : limit;
  }

  async #page(limit: number): Promise<LogPage> {
    const ahead = this.#ahead;
    this.#ahead = undefined;
    if (ahead?.after === this.#looked) return ahead.page;
    return this.#with.persistence.log.scan(this.#projection.types, this.#looked, limit);
  }

  /** More waits: it is read while what was read before is applied. */
  #readAhead(after: Position): void {
    const { log } = this.#with.persistence;
    const page = log.scan(this.#projection.types, after, this.#carefully(this.#size.current));
    // Whoever takes the page gets its error.
    page.catch(() => {});
    this.#ahead = { after, page };
  }
}
