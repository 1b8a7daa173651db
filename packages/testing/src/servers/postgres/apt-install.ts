import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/**
 * Installs Postgres where that needs no question: as root, on Debian or one of its kin.
 *
 * @returns Why it was not done, or nothing if it was.
 */
export function installWithApt(): string | undefined {
  if (process.getuid?.() !== 0) return 'not installed by apt-get, which only root may use';
  if (!existsSync('/usr/bin/apt-get')) return 'not installed by apt-get, which is not here';
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const aptGet = (...args: string[]): unknown =>
    execFileSync('/usr/bin/apt-get', args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  try {
    aptGet('update');
    aptGet('install', '--yes', '--no-install-recommends', 'postgresql');
    return undefined;
  } catch (error) {
    return `apt-get could not install it (${error instanceof Error ? error.message.split('\n')[0] : String(error)})`;
  }
}
