import { AssertionError } from 'node:assert';
import { isDeepStrictEqual } from 'node:util';

/**
 * What an error must be like: its code, or a part of its message; a pattern for its message; its
 * class; or some of its properties.
 */
export type ErrorMatcher =
  | string
  | RegExp
  | (abstract new (...args: never[]) => Error)
  | Readonly<Record<string, unknown>>;

/** @throws AssertionError unless `error` is as `matcher` says */
export function assertError(error: unknown, matcher: ErrorMatcher): void {
  if (matches(error, matcher)) return;
  throw new AssertionError({
    message: `expected an error like ${describe(matcher)}, but it was: ${String(error)}`,
    actual: error,
    expected: matcher,
    operator: 'thenError',
  });
}

function matches(error: unknown, matcher: ErrorMatcher): boolean {
  if (typeof matcher === 'function') return error instanceof matcher;
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (typeof matcher === 'string') return code === matcher || String(message).includes(matcher);
  if (matcher instanceof RegExp) return matcher.test(String(message));
  return Object.entries(matcher).every(([key, value]) =>
    isDeepStrictEqual((error as Record<string, unknown>)[key], value),
  );
}

function describe(matcher: ErrorMatcher): string {
  if (typeof matcher === 'function') return matcher.name;
  return typeof matcher === 'string' || matcher instanceof RegExp
    ? String(matcher)
    : JSON.stringify(matcher);
}
