import { pnpm } from './pnpm.mjs';
import { runTool } from './run.mjs';
import { step } from './step.mjs';

/** @type {readonly (readonly [string, () => Promise<number>])[]} */
const checks = [
  ['Types of sources and tests', () => turbo('run', 'typecheck', '--output-logs=errors-only')],
  ['Types of scripts', () => runTool('typescript/bin/tsc', ['-p', 'scripts'])],
  ['Lint, with types and layer rule', () => runTool('oxlint/bin/oxlint', [])],
  ['Undeclared and outside imports', () => turbo('boundaries')],
  ['Format', () => runTool('oxfmt/bin/oxfmt', ['--check'])],
  ['Unused files, exports and dependencies', () => runTool('knip/bin/knip.js', [])],
  ['Packages as others get them', () => turbo('run', 'package', '--output-logs=errors-only')],
];

/**
 * Checks everything that can be said about the code without running its tests. All checks run, also
 * after one has failed.
 *
 * @returns {Promise<boolean>} Whether all went well.
 */
export async function runChecks() {
  const failed = [];
  for (const [title, work] of checks) {
    if (!(await step(title, work))) failed.push(title);
  }
  if (failed.length > 0) console.error(`\nFailed checks: ${failed.join('; ')}`);
  return failed.length === 0;
}

/**
 * @param {readonly string[]} args
 * @returns {Promise<number>}
 */
async function turbo(...args) {
  // A result must not be replayed from a run on another Node.
  return pnpm(['exec', 'turbo', ...args], { NODE_VERSION: process.version });
}
