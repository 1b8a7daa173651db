import { spawn } from 'node:child_process';

/**
 * The watching program, as text: it must run by Node alone, from sources and from a package alike.
 * It waits for the end of its input, which comes when the test process ends in any way, then ends
 * the processes whose ids are kept in a folder and removes the server's folder.
 */
const program = `
const { readdirSync, readFileSync, rmSync } = require('node:fs');
const { execFileSync } = require('node:child_process');
const { join } = require('node:path');
const [folder, idFolder] = process.argv.slice(1);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});

function commandOf(pid) {
  try { return readFileSync('/proc/' + pid + '/cmdline', 'utf8'); } catch {}
  try { return execFileSync('ps', ['-p', String(pid), '-o', 'args='], { encoding: 'utf8' }); } catch {}
  return '';
}
function running() {
  try {
    return readdirSync(idFolder)
      .map((name) => Number(readFileSync(join(idFolder, name), 'utf8')))
      // A process id is used again after its process has ended: only a process that names our folder is ours.
      .filter((pid) => pid > 1 && commandOf(pid).includes(folder));
  } catch { return []; }
}
function signalAll(pids, signal) {
  for (const pid of pids) try { process.kill(pid, signal); } catch {}
}
process.stdin.resume();
process.stdin.on('close', () => {
  const started = Date.now();
  signalAll(running(), 'SIGQUIT');
  const timer = setInterval(() => {
    const left = running();
    if (Date.now() - started > 5000) signalAll(left, 'SIGKILL');
    if (left.length > 0 && Date.now() - started < 10000) return;
    clearInterval(timer);
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }, 50);
});
`;

/** Stands by for the end of this process. */
export interface CleanupWatch {
  /** Ends the watch. What is left of the folder is removed. */
  end(): void;
}

/**
 * Has another process end a server and remove its folder when this process ends without having done
 * so itself, even if it is killed.
 *
 * The server is every process whose id a file in `idFolder` holds and whose command line names
 * `folder`. The watch keeps this process from ending neither by its child nor by its pipe.
 */
export function watchForCleanup(folder: string, idFolder: string): CleanupWatch {
  const watcher = spawn(process.execPath, ['-e', program, folder, idFolder], {
    cwd: '/',
    // A group of its own: Ctrl-C in the terminal must not end the watch before it has done its work.
    detached: true,
    env: { PATH: process.env['PATH'] },
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  watcher.unref();
  // The type says stream; it is a socket, whose handle would keep the process alive.
  (watcher.stdin as unknown as { unref(): void }).unref();
  watcher.stdin.on('error', () => {});
  return {
    end: () => {
      watcher.stdin.end();
    },
  };
}
