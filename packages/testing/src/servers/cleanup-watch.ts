import { spawn } from 'node:child_process';

/**
 * The watching program, as text: it must run by Node alone, from sources and from a package alike.
 * It waits for the end of its input, which comes when the test process ends in any way, then ends
 * the server whose process id the file names and removes the folder.
 */
const program = `
const { readFileSync, rmSync } = require('node:fs');
const { execFileSync } = require('node:child_process');
const [folder, pidFile] = process.argv.slice(1);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});

function commandOf(pid) {
  try { return readFileSync('/proc/' + pid + '/cmdline', 'utf8'); } catch {}
  try { return execFileSync('ps', ['-p', String(pid), '-o', 'args='], { encoding: 'utf8' }); } catch {}
  return '';
}
function serverPid() {
  try {
    const pid = Number(readFileSync(pidFile, 'utf8').split('\\n')[0]);
    // A process id is used again after its process has ended: only a process that names our folder is ours.
    return pid > 1 && commandOf(pid).includes(folder) ? pid : undefined;
  } catch { return undefined; }
}
function signalServer(signal) {
  const pid = serverPid();
  if (pid !== undefined) try { process.kill(pid, signal); } catch {}
  return pid !== undefined;
}
process.stdin.resume();
process.stdin.on('close', () => {
  const started = Date.now();
  signalServer('SIGQUIT');
  const timer = setInterval(() => {
    const running = signalServer(0);
    if (running && Date.now() - started > 5000) signalServer('SIGKILL');
    if (running && Date.now() - started < 10000) return;
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
 * The server is the process that `pidFile` names on its first line and whose command line names
 * `folder`. The watch keeps this process from ending neither by its child nor by its pipe.
 */
export function watchForCleanup(folder: string, pidFile: string): CleanupWatch {
  const watcher = spawn(process.execPath, ['-e', program, folder, pidFile], {
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
