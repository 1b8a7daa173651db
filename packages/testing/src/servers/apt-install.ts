import { execFile } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** How long another installation may hold apt's locks before we give up, in milliseconds. */
const LOCKED_UP_TO_MS = 300_000;

/** How often we look whether they still are, in milliseconds. */
const LOOK_AGAIN_MS = 1_000;

/** A Debian package with a server, and the name of the service that it sets up. */
export interface ServerPackage {
  readonly name: string;
  readonly service: string;
}

/** Where the programs are that installing takes. */
export interface AptSystem {
  readonly isRoot: boolean;
  readonly aptGet: string;
  /** The program that Debian's packages ask before they start a service. */
  readonly policy: string;
  readonly invoke: string;
  readonly updateRunlevels: string;
}

function thisSystem(): AptSystem {
  return {
    isRoot: process.getuid?.() === 0,
    aptGet: '/usr/bin/apt-get',
    policy: '/usr/sbin/policy-rc.d',
    invoke: '/usr/sbin/invoke-rc.d',
    updateRunlevels: '/usr/sbin/update-rc.d',
  };
}

/**
 * Installs a server where that needs no question: as root, on Debian or one of its kin. Only its
 * programs are wanted: the package's own service is neither started now nor at the next boot.
 *
 * @returns Why it was not done, or nothing if it was.
 */
export async function installWithApt(
  wanted: ServerPackage,
  system: AptSystem = thisSystem(),
): Promise<string | undefined> {
  if (!system.isRoot) return 'not installed by apt-get, which only root may use';
  if (!existsSync(system.aptGet)) return 'not installed by apt-get, which is not here';
  // Without fresh lists the install may still succeed; if it does not, it is the one to say why.
  await runWhenUnlocked(system.aptGet, 'update').catch(() => {});
  const allowServices = forbidServices(system.policy);
  try {
    await runWhenUnlocked(
      system.aptGet,
      'install',
      '--yes',
      '--no-install-recommends',
      wanted.name,
    );
    // A policy of somebody else may have let the service start; at the next boot it would be started.
    await run(system.invoke, [wanted.service, 'stop']).catch(() => {});
    await run(system.updateRunlevels, [wanted.service, 'disable']).catch(() => {});
    return undefined;
  } catch (error) {
    return `apt-get could not install ${wanted.name} (${reasonOf(error)})`;
  } finally {
    allowServices();
  }
}

/** Runs apt-get, after another one if that is at work. */
async function runWhenUnlocked(aptGet: string, ...args: readonly string[]): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const deadline = Date.now() + LOCKED_UP_TO_MS;
  for (;;) {
    try {
      await run(aptGet, [...args], { env, maxBuffer: 64 * 1024 * 1024 });
      return;
    } catch (error) {
      if (!String(error).includes('Could not get lock') || Date.now() > deadline) throw error;
      await delay(LOOK_AGAIN_MS);
    }
  }
}

/**
 * Keeps packages from starting their services until the function that it gives is called, or this
 * process has ended. A policy that somebody else has made is left as it is.
 */
function forbidServices(policy: string): () => void {
  const script = `#!/bin/sh
# Made while a test run installs a server whose programs alone it wants. May be removed.
kill -0 ${process.pid} 2>/dev/null && exit 101
exit 0
`;
  try {
    writeFileSync(policy, script, { mode: 0o755, flag: 'wx' });
  } catch {
    return () => {};
  }
  return () => rmSync(policy, { force: true });
}

function reasonOf(error: unknown): string {
  const { stderr } = error as { stderr?: string };
  const lines = (stderr ?? String(error)).split('\n').filter((line) => line.startsWith('E: '));
  return lines[0] ?? String(error).split('\n')[0] ?? '';
}
