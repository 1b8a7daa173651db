import type { RunnableProjection } from '../composition/runnable-projection.ts';
import type { ProjectedEvent } from '../handlers/projection.ts';
import type { Clock } from '../ports/clock.ts';
import type { LeaseGrant } from '../ports/leases.ts';
import type { Position } from '../ports/message-log.ts';
import type { GenerationRef } from '../ports/projections.ts';
import type { UnitOfWork } from '../ports/unit-of-work.ts';
import { applyEvents, type Applying } from './apply-events.ts';
import type { BeginningParts } from './begin-generation.ts';
import { decodeEvents, type DecodingParts } from './projected-events.ts';

export interface GenerationUnitsParts extends BeginningParts, DecodingParts {
  readonly clock: Clock;
}

const NO_MESSAGES = { messages: [] } as const;
/** What is left when a generation is put in the place of another is applied while others wait. */
const MAX_REST = 500;

/** The units of work that move one generation on, each fenced by a lease and by where the last one ended. */
export class GenerationUnits {
  readonly #with: GenerationUnitsParts;
  readonly #projection: RunnableProjection;
  readonly #generation: GenerationRef;
  readonly #lease: LeaseGrant;
  #position: Position;

  constructor(
    parts: GenerationUnitsParts,
    projection: RunnableProjection,
    generation: GenerationRef,
    lease: LeaseGrant,
    position: Position,
  ) {
    this.#with = parts;
    this.#projection = projection;
    this.#generation = generation;
    this.#lease = lease;
    this.#position = position;
  }

  /** Where the generation is, as the store knows it. */
  get position(): Position {
    return this.#position;
  }

  /** Somebody else has moved the generation on, as an operator who skips an event. */
  moved(position: Position): void {
    this.#position = position;
  }

  /** Applies events, and moves the generation on to `to`. */
  async apply(events: readonly ProjectedEvent[], to: Position, applying: Applying): Promise<void> {
    const began = this.#with.clock.monotonic();
    await this.#inUnit(async (unit) => {
      await applyEvents(this.#with, this.#projection, unit, this.#generation, events, applying);
      await this.#commit(unit, to, events.length, this.#with.clock.monotonic() - began);
    });
  }

  /** Moves the generation on over messages that are nothing to it. */
  async passOver(to: Position): Promise<void> {
    await this.#inUnit((unit) => this.#commit(unit, to, 0, 0));
  }

  /**
   * Makes the generation what readers see.
   *
   * @returns whether it is; otherwise it is not as far as that yet
   */
  swap(): Promise<boolean> {
    const began = this.#with.clock.monotonic();
    return this.#inUnit(async (unit) => {
      const { name, mode } = this.#projection;
      await unit.projections.hold(name);
      const rest = await this.#applyRest(unit, mode === 'inline');
      if (
        rest === undefined ||
        (await unit.projections.activate(this.#generation, rest.upTo, this.#lease)) === 'behind'
      ) {
        await unit.rollback();
        return false;
      }
      // What is active and inline has no position any more.
      if (mode === 'inline') await unit.commit(NO_MESSAGES);
      else {
        const workedMs = this.#with.clock.monotonic() - began;
        await this.#commit(unit, rest.upTo, rest.events, workedMs);
      }
      return true;
    });
  }

  /** Applies what is left of the log, while nobody else gets on. Nothing where that is too much, or cannot be read. */
  async #applyRest(
    unit: UnitOfWork,
    unplaced: boolean,
  ): Promise<{ readonly upTo: Position; readonly events: number } | undefined> {
    const generation = this.#generation;
    const { types } = this.#projection;
    const request = { generation, types, limit: MAX_REST, unplaced };
    const { messages, upTo } = await unit.projections.rest(request);
    if (messages.length === MAX_REST) return undefined;
    const { events, unreadable } = await decodeEvents(messages, this.#with);
    // It is met again by its position, and dealt with there.
    if (unreadable !== undefined) return undefined;
    if (events.length > 0) {
      await applyEvents(this.#with, this.#projection, unit, generation, events);
    }
    return { upTo, events: events.length };
  }

  async #commit(unit: UnitOfWork, to: Position, events: number, workedMs: number): Promise<void> {
    const progress = {
      generation: this.#generation,
      from: this.#position,
      to,
      events,
      workedMs: Math.round(workedMs),
      lease: this.#lease,
    };
    await unit.commit({ ...NO_MESSAGES, progress });
    this.#position = to;
  }

  async #inUnit<T>(work: (unit: UnitOfWork) => Promise<T>): Promise<T> {
    const { persistence, running } = this.#with;
    running.began();
    try {
      const unit = await persistence.begin();
      try {
        return await work(unit);
      } catch (error) {
        await unit.rollback();
        throw error;
      }
    } finally {
      running.ended();
    }
  }
}
