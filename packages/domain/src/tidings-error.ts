const BRAND: unique symbol = Symbol.for('@tidings/error') as never;

/** A stable code, one for each kind of error; all of them are listed in `docs/reference/errors.md`. */
export type TidingsErrorCode = `TIDINGS_${string}`;

export interface TidingsErrorOptions {
  readonly cause?: unknown;
  /** Facts for programs and logs. Never a payload, never a secret. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** Whether the same work may succeed when it is tried again. Default `false`. */
  readonly transient?: boolean;
}

/**
 * The base of every error that Tidings throws. The message says what failed, the facts, and what to
 * do; it never holds a message's payload.
 *
 * Recognise it with {@link TidingsError.is}, which also holds when two copies of the package are
 * installed, where `instanceof` does not.
 */
export class TidingsError extends Error {
  readonly code: TidingsErrorCode;
  readonly details: Readonly<Record<string, unknown>>;
  readonly transient: boolean;

  constructor(code: TidingsErrorCode, message: string, options: TidingsErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.details = options.details ?? {};
    this.transient = options.transient ?? false;
    Object.defineProperty(this, BRAND, { value: true });
  }

  /** Whether `error` is an error of Tidings and, if `code` is given, has that code. */
  static is(error: unknown, code?: TidingsErrorCode): error is TidingsError {
    return (
      typeof error === 'object' &&
      error !== null &&
      BRAND in error &&
      (code === undefined || ('code' in error && error.code === code))
    );
  }
}
