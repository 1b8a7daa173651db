import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { Position } from '../ports/message-log.ts';
import type { Persistence } from '../ports/persistence.ts';
import type { Generation } from '../ports/projections.ts';

export interface BuildProgressParts {
  readonly persistence: Persistence;
  readonly clock: Clock;
  readonly logger: Logger;
}

const EVERY_MS = 5000;

/** Tells the log how far the building of a generation has come. */
export class BuildProgress {
  readonly #with: BuildProgressParts;
  readonly #generation: Generation;
  #last: { readonly at: number; readonly position: Position };

  constructor(parts: BuildProgressParts, generation: Generation) {
    this.#with = parts;
    this.#generation = generation;
    this.#last = { at: parts.clock.monotonic(), position: generation.position };
    if (generation.state === 'building') {
      const { position } = generation;
      parts.logger.info({ ...this.#facts, position }, 'a projection is being built');
    }
  }

  async at(position: Position): Promise<void> {
    const { clock, logger, persistence } = this.#with;
    const now = clock.monotonic();
    const passed = now - this.#last.at;
    if (passed < EVERY_MS) return;
    const done = position - this.#last.position;
    this.#last = { at: now, position };
    const total = await persistence.log.head();
    const perSecond = Math.round((done * 1000) / passed);
    const secondsLeft = perSecond > 0 ? Math.ceil((total - position) / perSecond) : undefined;
    const facts = { ...this.#facts, position, total, perSecond, secondsLeft };
    logger.info(facts, 'a projection is being built');
  }

  swapped(position: Position): void {
    const facts = { ...this.#facts, position };
    this.#with.logger.info(facts, 'a projection was built, and readers see it');
  }

  get #facts(): object {
    const { projection, generation, version } = this.#generation;
    return { projection, generation, version };
  }
}
