import { readFileSync } from 'node:fs';

/** The user that a server runs as when the tests themselves run as root. */
export interface RunAs {
  readonly uid: number;
  readonly gid: number;
}

/** Users to run as, best first: every Linux has the second. */
const candidates = ['postgres', 'nobody'];

/**
 * Says which user a server must run as, or nothing if the present user will do.
 *
 * Postgres refuses to run as root and wants a user with an entry in the password file.
 */
export function runAs(passwordFile = '/etc/passwd'): RunAs | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const entries = new Map(
    readFileSync(passwordFile, 'utf8')
      .split('\n')
      .map((line) => line.split(':'))
      .map(([name, , uid, gid]) => [name, { uid: Number(uid), gid: Number(gid) }]),
  );
  const name = candidates.find((candidate) => entries.has(candidate));
  return name === undefined ? undefined : entries.get(name);
}
