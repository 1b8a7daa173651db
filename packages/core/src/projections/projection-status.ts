import type { RunnableProjection } from '../composition/runnable-projection.ts';
import type { Position } from '../ports/message-log.ts';
import type {
  Generation,
  ProjectionFailure,
  ProjectionMode,
  ProjectionRecord,
} from '../ports/projections.ts';
import { planOf } from './work-plan.ts';

/**
 * - `following`: it applies what comes
 * - `retrying`: an event failed and is tried again
 * - `blocked`: an event fails for good; an operator mends the cause, or skips it
 * - `outdated`: the log has an event that only a newer build can read
 * - `paused`: an operator has paused the projection
 */
export type GenerationState = 'following' | 'retrying' | 'blocked' | 'outdated' | 'paused';

/** How far a build of a read model has come. */
export interface GenerationStatus {
  readonly generation: number;
  readonly version: number;
  readonly state: GenerationState;
  /** Everything up to here was applied or skipped, or is nothing to it. */
  readonly position: Position;
  /** How many events were applied by reading the log. */
  readonly events: number;
  /** ISO 8601, by the store's clock. */
  readonly startedAt: string;
  readonly failure?: ProjectionFailure;
}

/** How far the building of a read model has come. */
export interface BuildStatus extends GenerationStatus {
  /** How many messages of the log there are to look at in all. */
  readonly total: number;
  /** How many of them were looked at for each second of work; absent before the first batch. */
  readonly perSecond?: number;
  /** How much longer it takes at that rate, in milliseconds. */
  readonly msLeft?: number;
}

/** A projection as operators see it. */
export interface ProjectionStatus {
  readonly name: string;
  readonly mode: ProjectionMode;
  /** The version of this process's code. */
  readonly version: number;
  /** The last position of the log. */
  readonly head: Position;
  /** What readers see; absent before the first build is done. */
  readonly active?: GenerationStatus;
  /** What is being built to take its place. */
  readonly building?: BuildStatus;
  /** Why this process does nothing about it, where that is so. */
  readonly standby?: string;
}

export function statusOf(
  projection: RunnableProjection,
  record: ProjectionRecord | undefined,
  head: Position,
): ProjectionStatus {
  const { name, mode, version } = projection;
  const of = (state: Generation['state']): Generation | undefined =>
    record?.generations.find((one) => one.state === state);
  const paused = record?.paused === true;
  const active = of('active');
  const building = of('building');
  const { standby } = planOf(projection, record);
  return {
    name,
    mode,
    version,
    head,
    ...(active && { active: generationStatus(active, paused && active.mode === 'async', head) }),
    ...(building && { building: buildStatus(building, paused, head) }),
    ...(standby !== undefined && { standby }),
  };
}

function generationStatus(
  { generation, version, mode, state, position, events, startedAt, failure }: Generation,
  paused: boolean,
  head: Position,
): GenerationStatus {
  const isInline = state === 'active' && mode === 'inline';
  return {
    generation,
    version,
    state: stateOf(failure, paused),
    position: isInline ? head : position,
    events,
    startedAt,
    ...(failure && { failure }),
  };
}

function buildStatus(generation: Generation, paused: boolean, head: Position): BuildStatus {
  const { position, workedMs } = generation;
  const perSecond = workedMs > 0 ? Math.round((position * 1000) / workedMs) : 0;
  return {
    ...generationStatus(generation, paused, head),
    total: head,
    ...(perSecond > 0 && {
      perSecond,
      msLeft: Math.round(((head - position) * 1000) / perSecond),
    }),
  };
}

function stateOf(failure: ProjectionFailure | undefined, paused: boolean): GenerationState {
  if (paused) return 'paused';
  if (failure === undefined) return 'following';
  if (failure.blocked) return 'blocked';
  return failure.reason === 'unsupported-version' ? 'outdated' : 'retrying';
}
