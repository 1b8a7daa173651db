import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { FolderInUseError, lockFolder } from './folder-lock.ts';
import { thisProcess, type ProcessIdentity } from './process-identity.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidings-lock-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function leave(changes: Partial<ProcessIdentity>): Promise<void> {
  const owner = { ...(await thisProcess()), ...changes };
  await writeFile(join(folder, 'owner-left.lock'), JSON.stringify(owner));
}

describe('the lock of a data folder', () => {
  test('makes the folder, and goes with its release', async () => {
    const inner = join(folder, 'not', 'there', 'yet');
    const lock = await lockFolder(inner);
    expect(await readdir(inner)).toHaveLength(1);
    await lock.release();
    expect(await readdir(inner)).toEqual([]);
  });

  test('is refused to others as long as its owner runs, naming the owner', async () => {
    await leave({});
    const refused = lockFolder(folder);
    await expect(refused).rejects.toThrow(FolderInUseError);
    await expect(refused).rejects.toThrow(`in use by process ${process.pid}`);
    expect(await readdir(folder)).toEqual(['owner-left.lock']);
  });

  test('of ten that want it at the same moment one gets it', async () => {
    const outcomes = await Promise.allSettled(Array.from({ length: 10 }, () => lockFolder(folder)));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await readdir(folder)).toHaveLength(1);
  });

  test('of a process that has died is nobody’s', async () => {
    // Larger than any pid that systems give.
    await leave({ pid: 2 ** 22 + 1 });
    const lock = await lockFolder(folder);
    expect(await readdir(folder)).not.toContain('owner-left.lock');
    await lock.release();
  });

  test.runIf(process.platform !== 'win32')(
    'of a process whose pid another one got meanwhile is nobody’s',
    async () => {
      await leave({ started: 'long ago' });
      const lock = await lockFolder(folder);
      expect(await readdir(folder)).not.toContain('owner-left.lock');
      await lock.release();
    },
  );

  test.runIf(process.platform === 'linux')(
    'of a process that ran before the machine was started anew is nobody’s',
    async () => {
      await leave({ place: 'another-boot pid:[1]' });
      const lock = await lockFolder(folder);
      expect(await readdir(folder)).not.toContain('owner-left.lock');
      await lock.release();
    },
  );

  test('of a process on another machine is left to people', async () => {
    await leave({ place: 'elsewhere', host: 'another-host' });
    await expect(lockFolder(folder)).rejects.toThrow(/on another-host.*delete .*owner-left\.lock/);
  });

  test('of what is no folder is refused with the reason', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    await expect(lockFolder(join(file, 'data'))).rejects.toThrow(/cannot be used: ENOTDIR/);
  });

  test('that nobody can read is left to people', async () => {
    await writeFile(join(folder, 'owner-left.lock'), '');
    await expect(lockFolder(folder)).rejects.toThrow('cannot be read');
    expect(await readdir(folder)).toEqual(['owner-left.lock']);
  });
});
