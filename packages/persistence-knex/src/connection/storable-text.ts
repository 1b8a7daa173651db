import { createHash } from 'node:crypto';

const HASHED = 'sha256:';
/** Index rows hold at most about 2,700 bytes; keys of several columns share them. */
const MAX_KEY_LENGTH = 255;
const MAX_ERROR_LENGTH = 4000;
const LONE_SURROGATE = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/;
const LONE_SURROGATES = new RegExp(LONE_SURROGATE.source, 'g');

/**
 * The form in which an id or key from elsewhere is a key of a table: as it is, unless Postgres could
 * not hold it (too long, NUL, half a surrogate pair); then its hash. A hash stays what it is.
 */
export function storableKey(key: string): string {
  if (key.length <= MAX_KEY_LENGTH && isStorable(key)) return key;
  // UTF-16, so that keys which differ only in half surrogate pairs stay different.
  return HASHED + createHash('sha256').update(key, 'utf16le').digest('hex');
}

/** Whether Postgres holds a text unchanged. */
export function isStorable(value: string): boolean {
  return !value.includes('\0') && !LONE_SURROGATE.test(value);
}

/** An error's text without control characters (line breaks and tabs stay), cut to 4,000 characters. */
export function storableError(error: string): string {
  const cut = error.length > MAX_ERROR_LENGTH ? `${error.slice(0, MAX_ERROR_LENGTH)}…` : error;
  return cut.replaceAll(/[^\P{Cc}\n\t]/gu, '\u{FFFD}').replaceAll(LONE_SURROGATES, '\u{FFFD}');
}
