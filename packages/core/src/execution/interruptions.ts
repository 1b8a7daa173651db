import { TidingsError } from '@tidings/domain';

const INTERRUPTIONS = new Set<string>([
  'TIDINGS_PERSISTENCE_UNAVAILABLE',
  'TIDINGS_COMMIT_UNKNOWN',
  'TIDINGS_APP_STATE',
  'TIDINGS_PROJECTION_MOVED',
  'TIDINGS_PROJECTION_VERSION',
]);

/**
 * Whether an attempt ended for a reason that has nothing to do with its message: the store or the right to
 * write to it could not be had, or the application stops. It does not count.
 */
export function isInterruption(error: unknown): boolean {
  return TidingsError.is(error) && INTERRUPTIONS.has(error.code);
}
