import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './root.mjs';
import { run } from './run.mjs';

/**
 * Runs the pinned pnpm, which npx fetches once; nothing is installed on the machine. Programs that it
 * runs find a `pnpm` on their path.
 *
 * @param {readonly string[]} args
 * @param {Readonly<Record<string, string>>} [env]
 * @returns {Promise<number>}
 */
export async function pnpm(args, env) {
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  // --package by name: inside another npx, the environment names that one's package.
  return run('npx', ['--yes', `--package=${packageManager}`, '--', 'pnpm', ...args], env);
}
