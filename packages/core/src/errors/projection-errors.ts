import { TidingsError } from '@tidings/domain';

/**
 * - `fenced`: the lease has moved on to somebody else. This is looked at first
 * - `retired`: the generation was replaced, or is gone
 * - `paused`: the projection is paused
 * - `behind`: the generation is further than where it was to be moved on from
 * - `elsewhere`: the generation is not as far as that
 * - `ahead`: the log does not reach as far as where it was to be moved to
 */
export type ProjectionMove = 'fenced' | 'retired' | 'paused' | 'behind' | 'elsewhere' | 'ahead';

const WHY: Readonly<Record<ProjectionMove, string>> = {
  fenced: 'another process works on it now',
  retired: 'it was replaced by another build',
  paused: 'it is paused',
  behind: 'it is further already',
  elsewhere: 'it is not as far as that',
  ahead: 'the log does not reach that far, as after a restore of only one of them',
};

/** A projection is not where a reader of the log took it to be; nothing of what was to be done to it was. */
export class ProjectionMovedError extends TidingsError {
  readonly reason: ProjectionMove;

  constructor(projection: string, reason: ProjectionMove, options: { cause?: unknown } = {}) {
    super(
      'TIDINGS_PROJECTION_MOVED',
      `The projection "${projection}" cannot be moved on (${reason}): ${WHY[reason]}. Nothing was saved; its reader looks again.`,
      { ...options, details: { projection, reason }, transient: true },
    );
    this.reason = reason;
  }
}

/** An inline projection is kept by another version of its code than this process has. */
export class ProjectionVersionError extends TidingsError {
  constructor(projection: string, version: number, active: number) {
    super(
      'TIDINGS_PROJECTION_VERSION',
      `The inline projection "${projection}" has version ${version} here, and version ${active} is active: what it would apply cannot be stored, so nothing was. ${
        version > active
          ? 'It can be once the build of the new version has been completed.'
          : 'Leave this work to processes of the newer build.'
      }`,
      { details: { projection, version, active }, transient: true },
    );
  }
}
