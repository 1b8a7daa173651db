import type { Row } from './session.ts';

/**
 * Reads a whole number, which drivers give as number, string or bigint (N15).
 *
 * @throws RangeError when a JavaScript number cannot hold it exactly
 */
export function integer(value: unknown): number {
  const number = typeof value === 'number' ? value : Number(value);
  if (!Number.isSafeInteger(number)) throw new RangeError(`${String(value)} is no safe integer.`);
  return number;
}

/** Reads a text column. */
export function text(value: unknown): string {
  if (typeof value !== 'string')
    throw new TypeError(`Expected a text column, got ${typeof value}.`);
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
    throw new RangeError(`Expected one row, got ${rows.length}.`);
  }
  return row;
}
