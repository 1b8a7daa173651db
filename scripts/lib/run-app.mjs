import { spawn } from 'node:child_process';

/** Signals that ask a program to end in order. */
const endSignals = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);

/** The same signal within this time is the same request, in milliseconds. */
const SAME_REQUEST_MS = 250;

/**
 * Runs a program in our place: its exit code, or the signal that killed it, becomes ours, and a signal
 * that reaches us reaches it exactly once.
 *
 * Ctrl-C in a terminal goes to every process of the foreground group, and npm sends it on to its child
 * once more. The program therefore gets a group of its own, and we pass on the first of equal signals;
 * a second Ctrl-C by a person comes later than that and is passed on too. Windows has no such groups
 * and gives Ctrl-C to every program of the console: there we only wait.
 *
 * @param {string} script
 * @param {readonly string[]} args
 * @returns {Promise<void>} When the program has ended; never earlier, however often we are asked.
 */
export async function runApp(script, args) {
  const groups = process.platform !== 'win32';
  const child = spawn(process.execPath, [script, ...args], {
    stdio: 'inherit',
    detached: groups,
  });
  /** @type {Map<NodeJS.Signals, number>} */
  const lastSeen = new Map();
  for (const signal of endSignals) {
    process.on(signal, () => {
      const now = Date.now();
      const before = lastSeen.get(signal) ?? 0;
      lastSeen.set(signal, now);
      if (groups && now - before > SAME_REQUEST_MS) child.kill(signal);
    });
  }
  // Only the foreground group is told that the window has changed; the progress bar wants to know.
  if (groups) process.on('SIGWINCH', () => child.kill('SIGWINCH'));

  await new Promise((resolve) => {
    child.on('error', (error) => {
      console.error(error.message);
      process.exitCode = 1;
      resolve(undefined);
    });
    child.on('close', (code, signal) => {
      if (signal !== null) {
        for (const name of endSignals) process.removeAllListeners(name);
        process.kill(process.pid, signal);
      }
      process.exitCode = code ?? 1;
      resolve(undefined);
    });
  });
}
