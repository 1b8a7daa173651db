import { spawn } from 'node:child_process';
import { onEndSignal } from './end-signals.mjs';

/**
 * Runs a program in our place: its exit code, or the signal that killed it, becomes ours, and a request to
 * end that reaches us reaches it exactly once.
 *
 * The program therefore gets a group of its own, out of reach of the terminal's Ctrl-C. Windows has no such
 * groups and gives Ctrl-C to every program of the console: there we only wait.
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
  const stopListening = onEndSignal((signal) => {
    if (groups) child.kill(signal);
  });
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
        stopListening();
        process.kill(process.pid, signal);
      }
      process.exitCode = code ?? 1;
      resolve(undefined);
    });
  });
}
