import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';

/** How long to wait before a program that died is started again, in milliseconds; doubled each time. */
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;
/** A program that lived this long was in order, in milliseconds. */
const SOUND_AFTER_MS = 30_000;

const endWithParent = new URL('end-with-parent.mjs', import.meta.url).href;

/**
 * @typedef {object} Program
 * @property {string} name Shown before each of its lines.
 * @property {string} script
 * @property {readonly string[]} args
 * @property {NodeJS.ProcessEnv} env
 *
 * @typedef {object} KeptProgram
 * @property {Promise<string>} up Where it listens, as soon as it says so for the first time; rejects when it
 *   ends before.
 * @property {() => Promise<void>} stop Asks it to end and resolves when it has; it is not started again.
 * @property {() => void} kill Ends it at once.
 */

/**
 * Runs a program of the allocation service, and starts it again when it dies.
 *
 * @param {Program} program
 * @param {(line: string) => void} write
 * @returns {KeptProgram}
 */
export function keepRunning(program, write) {
  const stopping = new AbortController();
  /** @type {import('node:child_process').ChildProcess | undefined} */
  let child;
  /** @type {Promise<unknown>} */
  let ended = Promise.resolve();
  /** @type {(line: string) => void} */
  const tell = (line) => write(`${program.name} ${line}`);

  /** @type {Promise<string>} */
  const up = new Promise((resolve, reject) => {
    void run((line) => {
      const [, url] = /listens on {2}(\S+)/.exec(line) ?? [];
      if (url !== undefined) resolve(url);
    }, reject);
  });
  // Whoever stops it before it is up does not wait for it.
  up.catch(() => {});

  /**
   * @param {(line: string) => void} heard
   * @param {(error: Error) => void} neverUp
   */
  async function run(heard, neverUp) {
    let pause = FIRST_PAUSE_MS;
    while (!stopping.signal.aborted) {
      const started = Date.now();
      child = start(program);
      ended = once(child, 'close');
      tell(`| (process ${child.pid})`);
      for (const stream of [child.stdout, child.stderr]) {
        if (stream === null) continue;
        createInterface({ input: stream }).on('line', (line) => {
          tell(`| ${line}`);
          heard(line);
        });
      }
      const [code, signal] = await once(child, 'close');
      const how = signal === null ? `exit code ${code}` : signal;
      // Nothing happens where it has been up once.
      neverUp(new Error(`${program.name} ended (${how}) before it was up.`));
      if (stopping.signal.aborted) return tell(`has ended (${how})`);
      if (Date.now() - started > SOUND_AFTER_MS) pause = FIRST_PAUSE_MS;
      tell(`has died (${how}) and is started again in ${pause / 1000} s`);
      await delay(pause, undefined, { signal: stopping.signal }).catch(() => {});
      pause = Math.min(LONGEST_PAUSE_MS, pause * 2);
    }
  }

  return {
    up,
    stop: async () => {
      stopping.abort();
      child?.kill('SIGTERM');
      await ended;
    },
    kill: () => {
      child?.kill('SIGKILL');
    },
  };
}

/** @param {Program} program */
function start({ script, args, env }) {
  return spawn(process.execPath, ['--import', endWithParent, script, ...args], {
    env,
    // Out of reach of the terminal's Ctrl-C: the order in which they end is ours.
    detached: process.platform !== 'win32',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
}
