import { chownSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { watchForCleanup } from './cleanup-watch.ts';
import { runAs, type RunAs } from './run-as.ts';

/** A temporary folder for one server of this machine: its data, its log. */
export interface ServerFolder {
  readonly path: string;
  /** Whom the folder belongs to and the server must run as; `undefined` if that is the present user. */
  readonly runAs: RunAs | undefined;
  /** Removes the folder. The server's processes must have ended. */
  remove(): void;
}

/**
 * Makes a folder for a server. Should this process end without having removed it, whatever ends it,
 * a watch ends the server's processes and removes the folder.
 *
 * @param server What the folder's name begins with.
 * @param users Whom the server may run as when the tests run as root, best first.
 */
export function createServerFolder(server: string, users: readonly string[]): ServerFolder {
  const user = runAs(users);
  const path = realpathSync(mkdtempSync(join(tmpdir(), `tidings-${server}-`)));
  if (user !== undefined) chownSync(path, user.uid, user.gid);
  const watch = watchForCleanup(path);
  return {
    path,
    runAs: user,
    remove: () => {
      rmSync(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
      watch.end();
    },
  };
}
