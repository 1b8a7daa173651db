import type { RunnableProjection } from '../composition/runnable-projection.ts';
import type { Generation, ProjectionRecord } from '../ports/projections.ts';

/** What a process has to do about a projection, given what is known of it. */
export interface WorkPlan {
  /** Whether a generation has to be begun. */
  readonly begin: boolean;
  /** The generations that this version of the code reads the log for. */
  readonly work: readonly Generation[];
  /** Generations that nobody needs any more. */
  readonly drop: readonly Generation[];
  /** Why this process has nothing to do, where that is so. */
  readonly standby?: string;
}

/** Readers that are about to look at a read model when it is replaced have this long to do so. */
const GRACE_MS = 5000;

export function planOf(
  { version, mode }: Pick<RunnableProjection, 'version' | 'mode'>,
  record: ProjectionRecord | undefined,
): WorkPlan {
  const generations = record?.generations ?? [];
  const drop = generations.filter(({ retiredMs }) => (retiredMs ?? 0) > GRACE_MS);
  const live = liveGenerations(record);
  const own = live.filter((one) => one.version === version);
  const other = own.find((one) => one.mode !== mode);
  if (other !== undefined) {
    return {
      begin: false,
      work: [],
      drop,
      standby: `version ${version} is kept ${other.mode} by others; raise the version to change that`,
    };
  }
  const newest = Math.max(0, ...live.map((one) => one.version));
  if (own.length === 0 && newest > version) {
    return { begin: false, work: [], drop, standby: `version ${newest} is kept by a newer build` };
  }
  // What is active and inline is kept by those who store the events.
  const work = own.filter(({ state }) => state === 'building' || mode === 'async');
  return { begin: own.length === 0, work: record?.paused === true ? [] : work, drop };
}

/** The generations of a projection that are read or being built. */
export function liveGenerations(record: ProjectionRecord | undefined): readonly Generation[] {
  return record?.generations.filter(({ state }) => state !== 'retired') ?? [];
}
