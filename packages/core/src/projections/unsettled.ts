import type { RunnableProjection } from '../composition/runnable-projection.ts';
import type { Persistence } from '../ports/persistence.ts';
import type { Generation } from '../ports/projections.ts';
import { planOf } from './work-plan.ts';

/** What projections still have to do. */
export interface UnsettledProjections {
  /** Whether an event waits to be applied that can be applied now. */
  readonly areBehind: boolean;
  /** How many projections wait for a later attempt at an event. */
  readonly waiting: number;
  /** In how many milliseconds the first of these is made. */
  readonly nextDueIn: number;
}

/** Looks at all that can get on: what is blocked, paused, or left to other builds, is settled. */
export async function unsettledProjections(
  persistence: Persistence,
  registered: readonly RunnableProjection[],
): Promise<UnsettledProjections> {
  let waiting = 0;
  let nextDueIn = Infinity;
  const records =
    registered.length === 0
      ? []
      : await persistence.projections.read(registered.map(({ name }) => name));
  for (const projection of registered) {
    const { begin, work } = planOf(
      projection,
      records.find(({ name }) => name === projection.name),
    );
    if (begin) return { areBehind: true, waiting, nextDueIn };
    for (const generation of work) {
      const { failure } = generation;
      if (failure?.blocked === true || failure?.reason === 'unsupported-version') continue;
      if (failure !== undefined && failure.dueIn > 0) {
        waiting += 1;
        nextDueIn = Math.min(nextDueIn, failure.dueIn);
      } else if (await hasMore(persistence, projection, generation)) {
        return { areBehind: true, waiting, nextDueIn };
      }
    }
  }
  return { areBehind: false, waiting, nextDueIn };
}

async function hasMore(
  { log }: Persistence,
  { types }: RunnableProjection,
  { state, position }: Generation,
): Promise<boolean> {
  if (state === 'building') return true;
  for (let after = position; ;) {
    const { messages, upTo } = await log.scan(types, after, 1);
    if (messages.length > 0) return true;
    if (upTo <= after) return false;
    after = upTo;
  }
}
