import {
  CommitFailedError,
  ConcurrencyError,
  PersistenceUnavailableError,
  ProjectionMovedError,
  type ProjectionMove,
} from '@tidings/core';
import { TidingsError } from '@tidings/domain';

/** Raised by the schema's own functions when an aggregate has another version than expected. */
const VERSION_CONFLICT = 'TD409';
/** Raised by the schema's own functions when a claim on a held delivery has gone. */
const CLAIM_LOST = 'TD410';

/** Raised by the schema's own functions when a projection is not where it was taken to be. */
const PROJECTION_MOVED = 'TD411';

/**
 * What to do about an error of the store:
 *
 * - `conflict`: repeat the whole unit of work (version conflict, serialization failure, deadlock)
 * - `busy`: a lock or a statement took too long; the unit is lost, a later one may succeed
 * - `moved`: somebody else has moved the projection on, or an operator has decided about it
 * - `unavailable`: the connection or the server is gone, or refuses work for now
 * - `permanent`: the same work fails again
 */
type FaultKind = 'conflict' | 'busy' | 'moved' | 'unavailable' | 'permanent';

const CONFLICTS = new Set([VERSION_CONFLICT, '40001', '40P01']);
const LOCK_TIMEOUT = '55P03';
/** lock_not_available, query_canceled, and a claim that has gone. */
const BUSY = new Set([LOCK_TIMEOUT, '57014', CLAIM_LOST]);
/** Terminated, crashed, starting up, idle too long, too many connections. */
const UNAVAILABLE = new Set(['57P01', '57P02', '57P03', '57P05', '25P03', '25P04', '53300']);
const NETWORK =
  /^(?:ECONN|EPIPE$|ETIMEDOUT$|ENOTFOUND$|EHOST|ENET|EAI_|ERR_STREAM|ERR_SOCKET|ENOENT$|CONNECTION_)/;
const DRIVER_MESSAGES =
  /Connection terminated|Client has encountered a connection error|Client was closed|Query read timeout|timeout expired|Connection ended|timeout acquiring a connection|Unable to acquire a connection|PGlite is clos|^aborted$/i;

/** SQLSTATE or the error code of the network, if the error has one. */
export function errorCode(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
}

/** Sorts an error of the driver, the pool or the server (N10). */
function faultKind(error: unknown): FaultKind {
  const code = errorCode(error);
  if (code !== undefined) {
    if (CONFLICTS.has(code)) return 'conflict';
    if (BUSY.has(code)) return 'busy';
    if (code === PROJECTION_MOVED) return 'moved';
    if (UNAVAILABLE.has(code) || code.startsWith('08') || NETWORK.test(code)) return 'unavailable';
    if (/^[0-9A-Z]{5}$/.test(code)) return 'permanent';
  }
  if (error instanceof AggregateError && error.errors.some(isUnavailable)) return 'unavailable';
  const { name, message } = (error ?? {}) as { name?: string; message?: string };
  if (name === 'KnexTimeoutError' || name === 'TimeoutError') return 'unavailable';
  return DRIVER_MESSAGES.test(message ?? '') ? 'unavailable' : 'permanent';
}

/** Whether the connection or the server is gone. */
export function isUnavailable(error: unknown): boolean {
  return faultKind(error) === 'unavailable';
}

/** Whether a lock was not granted within `lock_timeout`, also where that was the cause of the error. */
export function isLockTimeout(error: unknown): boolean {
  return [error, (error as { cause?: unknown } | null | undefined)?.cause].some(
    (one) => errorCode(one) === LOCK_TIMEOUT,
  );
}

/**
 * The error that callers get: one of core's where the caller can do something about it, the driver's
 * own for everything else.
 *
 * @param what whose work it was, for the message of a conflict
 */
export function storeError(error: unknown, what: string): unknown {
  if (TidingsError.is(error)) return error;
  switch (faultKind(error)) {
    case 'conflict':
      return new ConcurrencyError(conflictSubject(error, what), codeOf(error), { cause: error });
    case 'busy':
      return new CommitFailedError(busyReason(error), { cause: error, transient: true });
    case 'moved':
      return movedError(error);
    case 'unavailable':
      return new PersistenceUnavailableError(reasonOf(error), { cause: error });
    case 'permanent':
    default:
      return error;
  }
}

/** Like {@link storeError}, where everything that is left means that the commit failed. */
export function commitError(error: unknown): unknown {
  const known = storeError(error, 'What this unit of work changes');
  if (TidingsError.is(known)) return known;
  return new CommitFailedError(`the store refused a statement (${reasonOf(error)})`, {
    cause: error,
  });
}

/** A short reason without SQL and without values, which may be secret. */
export function reasonOf(error: unknown): string {
  const code = errorCode(error);
  if (code !== undefined && /^[0-9A-Z]{5}$/.test(code)) return `SQLSTATE ${code}`;
  if (code !== undefined) return code;
  const { name, message } = (error ?? {}) as { name?: string; message?: string };
  if (name === 'KnexTimeoutError' || name === 'TimeoutError') return 'no free connection in time';
  const known = DRIVER_MESSAGES.exec(message ?? '');
  return known === null ? (name ?? 'unknown error') : known[0];
}

function conflictSubject(error: unknown, what: string): string {
  return errorCode(error) === VERSION_CONFLICT ? (error as Error).message : what;
}

/** The message is the reason and, after a space, the projection's name. */
function movedError(error: unknown): ProjectionMovedError {
  const [reason = '', ...name] = (error as Error).message.split(' ');
  return new ProjectionMovedError(name.join(' '), reason as ProjectionMove, { cause: error });
}

function busyReason(error: unknown): string {
  switch (errorCode(error)) {
    case LOCK_TIMEOUT:
      return 'a lock was not granted within lock_timeout';
    case CLAIM_LOST:
      return 'the claim on the held delivery has expired and somebody else may have it';
    default:
      return 'a statement was cancelled, as when it ran longer than statement_timeout';
  }
}

function codeOf(error: unknown): Record<string, unknown> {
  return { sqlState: errorCode(error) };
}
