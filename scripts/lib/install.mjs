import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pnpm } from './pnpm.mjs';
import { root } from './root.mjs';
import { step } from './step.mjs';

const stampFile = join(root, 'node_modules', '.tidings-installed');

/**
 * Installs exactly what the lock file says, unless that is what the last install did.
 *
 * @returns {Promise<boolean>} Whether the dependencies are there.
 */
export async function installDependencies() {
  const wanted = stamp();
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === wanted) return true;

  rmSync(stampFile, { force: true });
  const done = await step('Installing dependencies', () =>
    // A NODE_ENV of "production" would leave out the compiler, hence --prod=false; CI=true keeps pnpm
    // from asking a question that nobody may be there to answer.
    pnpm(['install', '--frozen-lockfile', '--prod=false'], { CI: 'true' }),
  );
  if (done) writeFileSync(stampFile, wanted);
  return done;
}

/** What an install depends on: the lock file, and the system whose binaries it fetched. */
function stamp() {
  const lockFile = readFileSync(join(root, 'pnpm-lock.yaml'));
  const digest = createHash('sha256').update(lockFile).digest('hex');
  return `${digest} ${process.platform} ${process.arch}\n`;
}
