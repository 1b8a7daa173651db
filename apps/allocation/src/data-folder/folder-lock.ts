import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { StartError } from '../start-error.ts';
import { isAlive, thisProcess, type ProcessIdentity } from './process-identity.ts';

const PREFIX = 'owner-';
const SUFFIX = '.lock';
/** Two that come at the same moment both step back; chance lets one be first the next time. */
const ATTEMPTS = 20;
const LONGEST_PAUSE_MS = 100;

/** The right to use a data folder, until it is released or the process ends in whatever way. */
export interface FolderLock {
  release(): Promise<void>;
}

/** A folder is used by another process. */
export class FolderInUseError extends StartError {
  constructor(folder: string, owner: ProcessIdentity, file: string, alive: true | 'unknown') {
    super(
      alive === 'unknown'
        ? `The data folder ${folder} belongs to process ${owner.pid} on ${owner.host}, and whether that still runs cannot be told from here. If it does not, delete ${file} and start again.`
        : `The data folder ${folder} is in use by process ${owner.pid}. Stop that one first, or name another folder by TIDINGS_DATA_DIR.`,
    );
  }
}

/**
 * Makes this process the only one that uses `folder`, which is made if it is not there.
 *
 * Everybody puts a file of its own into the folder first, and then looks for others': whoever comes
 * second sees the file of the first. No file is ever taken over, so that nobody can take over one that
 * somebody else just did; files of processes that are dead are deleted.
 *
 * @throws FolderInUseError naming the process that uses it; StartError when nothing can be written there
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw unusable(folder, error);
  });
  const own = `${PREFIX}${process.pid}-${randomUUID()}${SUFFIX}`;
  const path = join(folder, own);
  const release = (): Promise<void> => rm(path, { force: true });
  const identity = await thisProcess();
  for (let attempt = 1; ; attempt += 1) {
    await announce(folder, path, identity).catch((error: unknown) => {
      throw unusable(folder, error);
    });
    const refusal = await refusalBy(folder, own).catch(async (error: unknown) => {
      await release();
      throw error;
    });
    if (refusal === undefined) return { release };
    await release();
    if (attempt === ATTEMPTS) throw refusal;
    // The other may be about to step back as well.
    await pause(Math.random() * LONGEST_PAUSE_MS);
  }
}

function unusable(folder: string, error: unknown): StartError {
  const { code, message } = error as NodeJS.ErrnoException;
  return new StartError(
    `The data folder ${folder} cannot be used: ${code ?? message}. Name another one by TIDINGS_DATA_DIR.`,
    { cause: error },
  );
}

/** Under its name the file is complete from the first moment on. */
async function announce(folder: string, path: string, identity: ProcessIdentity): Promise<void> {
  const draft = join(folder, `${randomUUID()}.draft`);
  await writeFile(draft, JSON.stringify(identity));
  await rename(draft, path);
}

async function refusalBy(folder: string, own: string): Promise<FolderInUseError | undefined> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith(PREFIX) || !name.endsWith(SUFFIX) || name === own) continue;
    const file = join(folder, name);
    const owner = await ownerOf(file);
    if (owner === undefined) continue;
    const alive = await isAlive(owner);
    if (alive !== false) return new FolderInUseError(folder, owner, file, alive);
    await rm(file, { force: true });
  }
  return undefined;
}

/** Who left a file; nobody when it has gone meanwhile. */
async function ownerOf(file: string): Promise<ProcessIdentity | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as ProcessIdentity;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new StartError(
      `${file} cannot be read. If no other process uses the folder, delete it.`,
      {
        cause: error,
      },
    );
  }
}
