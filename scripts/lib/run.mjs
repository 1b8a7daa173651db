import { spawn } from 'node:child_process';
import { root } from './root.mjs';

/** Nothing of the tool chain reports home. */
const quietTools = { TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' };

/**
 * Runs a program in the repository's folder with our terminal and resolves with its exit code.
 *
 * @param {string} program
 * @param {readonly string[]} args
 * @param {Readonly<Record<string, string>>} [env] Added to the environment.
 * @returns {Promise<number>}
 */
export async function run(program, args, env = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: root,
      env: { ...process.env, ...quietTools, ...env },
      stdio: 'inherit',
      // npx is a script on Windows, which only a shell can run.
      shell: process.platform === 'win32' && program === 'npx',
    });
    child.on('error', (error) => {
      console.error(`${program}: ${error.message}`);
      resolve(1);
    });
    child.on('close', (code) => resolve(code ?? 1));
  });
}

/**
 * Runs a program of `node_modules` by its script, with this very Node.
 *
 * @param {string} script Its path inside `node_modules`.
 * @param {readonly string[]} args
 * @param {Readonly<Record<string, string>>} [env]
 * @returns {Promise<number>}
 */
export async function runTool(script, args, env) {
  return run(process.execPath, [`node_modules/${script}`, ...args], env);
}
