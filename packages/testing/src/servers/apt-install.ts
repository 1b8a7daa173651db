import { execFile } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The program that Debian's packages ask before they start a service. */
const POLICY = '/usr/sbin/policy-rc.d';

/** How long another installation may hold apt's locks before we give up, in milliseconds. */
const LOCKED_UP_TO_MS = 300_000;

/** A Debian package with a server, and the name of the service that it sets up. */
export interface ServerPackage {
  readonly name: string;
  readonly service: string;
}

/**
 * Installs a server where that needs no question: as root, on Debian or one of its kin. Only its
 * programs are wanted: the package's own service is neither started now nor at the next boot.
 *
 * @returns Why it was not done, or nothing if it was.
 */
export async function installWithApt(wanted: ServerPackage): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return 'not installed by apt-get, which only root may use';
  if (!existsSync('/usr/bin/apt-get')) return 'not installed by apt-get, which is not here';
  // Without fresh lists the install may still succeed; if it does not, it is the one to say why.
  await aptGet('update').catch(() => {});
  const allowServices = forbidServices();
  try {
    await aptGet('install', '--yes', '--no-install-recommends', wanted.name);
    await standDown(wanted.service);
    return undefined;
  } catch (error) {
    return `apt-get could not install ${wanted.name} (${reasonOf(error)})`;
  } finally {
    allowServices();
  }
}

/** Runs apt-get, also after another one that is at work. */
async function aptGet(...args: readonly string[]): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const deadline = Date.now() + LOCKED_UP_TO_MS;
  for (;;) {
    try {
      await run('/usr/bin/apt-get', [...args], { env, maxBuffer: 64 * 1024 * 1024 });
      return;
    } catch (error) {
      if (!String(error).includes('Could not get lock') || Date.now() > deadline) throw error;
      await delay(1_000);
    }
  }
}

/**
 * Keeps packages from starting their services until the function that it gives is called, or this
 * process has ended. A policy that somebody else has made is left as it is.
 */
function forbidServices(): () => void {
  const script = `#!/bin/sh
# Made while a test run installs a server whose programs alone it wants. May be removed.
kill -0 ${process.pid} 2>/dev/null && exit 101
exit 0
`;
  try {
    writeFileSync(POLICY, script, { mode: 0o755, flag: 'wx' });
  } catch {
    return () => {};
  }
  return () => rmSync(POLICY, { force: true });
}

/** Stops the service, should a policy of somebody else have let it start, and starts it at no boot. */
async function standDown(service: string): Promise<void> {
  await run('/usr/sbin/invoke-rc.d', [service, 'stop']).catch(() => {});
  await run('/usr/sbin/update-rc.d', [service, 'disable']).catch(() => {});
}

function reasonOf(error: unknown): string {
  const { stderr } = error as { stderr?: string };
  const lines = (stderr ?? String(error)).split('\n').filter((line) => line.startsWith('E: '));
  return lines[0] ?? String(error).split('\n')[0] ?? '';
}
