import type { RunnableProjection } from '../composition/runnable-projection.ts';
import type { Persistence } from '../ports/persistence.ts';
import type { GenerationRef } from '../ports/projections.ts';
import type { UnitOfWork } from '../ports/unit-of-work.ts';
import { inProjection, type ApplyingParts } from './apply-events.ts';

const NO_MESSAGES = { messages: [] } as const;

export interface BeginningParts extends ApplyingParts {
  readonly persistence: Persistence;
}

/**
 * Begins a generation of a projection, unless there is nothing to begin: makes its empty read model. Where
 * the log is empty there is nothing to catch up with, and readers see it at once.
 *
 * @param rebuild whether also where one of this version is active
 */
export async function beginGeneration(
  parts: BeginningParts,
  projection: RunnableProjection,
  rebuild: boolean,
): Promise<GenerationRef | undefined> {
  const { persistence } = parts;
  const isEmpty = (await persistence.log.head()) === 0;
  const unit = await persistence.begin();
  try {
    const { name, version, mode } = projection;
    if (isEmpty) await unit.projections.hold(name);
    const generation = await unit.projections.begin({ projection: name, version, mode, rebuild });
    if (generation === undefined) {
      await unit.rollback();
      return undefined;
    }
    await reset(parts, projection, unit, generation);
    if (isEmpty && (await hasNothingLeft(projection, unit, generation))) {
      await unit.projections.activate(generation, 0);
    }
    await unit.commit(NO_MESSAGES);
    return generation;
  } catch (error) {
    await unit.rollback();
    throw error;
  }
}

/** An inline projection must miss nothing that was committed and has no position yet. */
async function hasNothingLeft(
  { mode, types }: RunnableProjection,
  unit: UnitOfWork,
  generation: GenerationRef,
): Promise<boolean> {
  const unplaced = mode === 'inline';
  const { messages } = await unit.projections.rest({ generation, types, limit: 1, unplaced });
  return messages.length === 0;
}

async function reset(
  { running, logger }: ApplyingParts,
  projection: RunnableProjection,
  unit: UnitOfWork,
  generation: GenerationRef,
): Promise<void> {
  const ending = new AbortController();
  const dependencies = projection.resolve({ unit });
  const context = { signal: ending.signal, logger };
  const work = inProjection(projection, unit, () =>
    unit.projections.within(generation, async () => {
      await projection.reset(dependencies as never, context);
    }),
  );
  const { title, timeoutMs } = projection;
  await running.watch(`${title} (reset)`, timeoutMs, work, (reason) => ending.abort(reason));
}
