import { createHash } from 'node:crypto';

/** Postgres cuts names at 63 characters; a number follows. */
const MAX_LENGTH = 40;
const HASH_LENGTH = 8;

/**
 * What the schemas of a projection's generations are named after: the schema of Tidings and the
 * projection's name, with a hash of the name where it cannot be part of a plain name as it is.
 */
export function placeOf(schema: string, projection: string): string {
  const plain = projection.toLowerCase().replaceAll(/[^a-z0-9_]/g, '_');
  const place = `${schema}_${plain}`;
  if (plain === projection && place.length <= MAX_LENGTH) return place;
  const hash = createHash('sha256').update(projection).digest('hex').slice(0, HASH_LENGTH);
  return `${place.slice(0, MAX_LENGTH - HASH_LENGTH - 1)}_${hash}`;
}
