import { readFileSync } from 'node:fs';

/** The user that a server runs as when the tests themselves run as root. */
export interface RunAs {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Says which user a server must run as, or nothing if the present user will do.
 *
 * Servers such as Postgres refuse to run as root and want a user with an entry in the password file.
 *
 * @param users Whom it may run as, best first. `nobody` may be taken if there is none of them.
 */
export function runAs(users: readonly string[], passwordFile = '/etc/passwd'): RunAs | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const entries = new Map(
    readFileSync(passwordFile, 'utf8')
      .split('\n')
      .map((line) => line.split(':'))
      .map(([name, , uid, gid]) => [name, { uid: Number(uid), gid: Number(gid) }]),
  );
  const name = [...users, 'nobody'].find((candidate) => entries.has(candidate));
  return name === undefined ? undefined : entries.get(name);
}
