import type { RunnableProjection } from '../composition/runnable-projection.ts';
import type { Envelope } from '../envelope/envelope.ts';
import { ProjectionVersionError } from '../errors/projection-errors.ts';
import type { UnitOfWork } from '../ports/unit-of-work.ts';
import { applyEvents, type ApplyingParts } from './apply-events.ts';
import { decodeEvents, type DecodingParts } from './projected-events.ts';

export interface InlineProjectionsParts extends ApplyingParts, DecodingParts {
  readonly registered: readonly RunnableProjection[];
}

/** Applies events to inline projections, in the unit of work that stores them. */
export class InlineProjections {
  readonly #with: InlineProjectionsParts;
  readonly #inline: readonly RunnableProjection[];

  constructor(parts: InlineProjectionsParts) {
    this.#with = parts;
    this.#inline = parts.registered.filter(({ mode }) => mode === 'inline');
  }

  /**
   * Applies what a unit is about to commit, in the order in which it is stored. The result is a promise
   * only where there is something to apply.
   *
   * @throws {@link ProjectionVersionError} where another version than this process has is what readers see
   */
  apply(unit: UnitOfWork, messages: readonly Envelope[]): Promise<void> | undefined {
    if (this.#inline.length === 0 || messages.length === 0) return undefined;
    return this.#apply(unit, messages);
  }

  async #apply(unit: UnitOfWork, messages: readonly Envelope[]): Promise<void> {
    for (const projection of this.#inline) {
      const own = messages.filter(({ type }) => projection.types.includes(type));
      if (own.length > 0) await this.#applyTo(projection, unit, own);
    }
  }

  async #applyTo(
    projection: RunnableProjection,
    unit: UnitOfWork,
    messages: readonly Envelope[],
  ): Promise<void> {
    const { name, version, mode } = projection;
    const active = await unit.projections.active(name);
    // Nobody reads it yet: whoever builds it takes these events from the log.
    if (active === undefined) return;
    if (active.version !== version || active.mode !== mode) {
      throw new ProjectionVersionError(name, version, active.version);
    }
    const { events, unreadable } = await decodeEvents(messages, this.#with);
    if (unreadable !== undefined) throw unreadable;
    const generation = { projection: name, generation: active.generation };
    await applyEvents(this.#with, projection, unit, generation, events);
  }
}
