import { TidingsError } from '@tidings/domain';

import type { Row } from './session.ts';

/** The database, or a type parser set on the driver, gave something else than the schema promises. */
export class UnexpectedAnswerError extends TidingsError {
  constructor(expected: string, got: string) {
    super(
      'TIDINGS_UNEXPECTED_ANSWER',
      `The database answered ${got} where ${expected} was expected. Leave the tables of Tidings alone, and set no type parsers of the driver for all connections.`,
      { details: { expected, got } },
    );
  }
}

/**
 * Reads a whole number, which drivers give as number, string or bigint (N15).
 *
 * @throws {@link UnexpectedAnswerError} when a JavaScript number cannot hold it exactly
 */
export function integer(value: unknown): number {
  const number = typeof value === 'number' ? value : Number(value);
  if (!Number.isSafeInteger(number)) {
    throw new UnexpectedAnswerError('a whole number below 2^53', `a ${typeof value} beyond it`);
  }
  return number;
}

/** Reads a text column. */
export function text(value: unknown): string {
  if (typeof value !== 'string') throw new UnexpectedAnswerError('text', `a ${typeof value}`);
  return value;
}

/** Reads a text column that may be null. */
export function optionalText(value: unknown): string | undefined {
  return value === null || value === undefined ? undefined : text(value);
}

/** The only row of a result. */
export function onlyRow(rows: readonly Row[]): Row {
  const [row] = rows;
  if (row === undefined || rows.length > 1) {
    throw new UnexpectedAnswerError('one row', `${rows.length} rows`);
  }
  return row;
}

/** SQL for a `timestamptz` as {@link text}: ISO 8601 in UTC with milliseconds, whatever the session's zone is. */
export function isoText(moment: string): string {
  return `to_char(${moment} at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}
