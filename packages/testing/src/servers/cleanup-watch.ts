import { spawn } from 'node:child_process';

/**
 * The watching program, as text: it must run by Node alone, from sources and from a package alike.
 * It waits for the end of its input, which comes when the test process ends in any way, then ends
 * the server's processes and removes its folder. It looks for a while: a process that was being
 * started just then can be told only a moment later.
 */
const program = `
const { readdirSync, readFileSync, rmSync } = require('node:fs');
const { execFileSync } = require('node:child_process');
const [folder] = process.argv.slice(1);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});

function running() {
  let ids;
  try { ids = readdirSync('/proc').map(Number).filter((id) => id > 1); } catch { return listedByPs(); }
  return ids.filter((id) => id !== process.pid && isOfServer('/proc/' + id));
}
function isOfServer(entry) {
  try {
    if (readFileSync(entry + '/cmdline', 'utf8').includes(folder)) return true;
    return readFileSync(entry + '/environ', 'utf8').split('\\0').includes('HOME=' + folder);
  } catch { return false; }
}
function listedByPs() {
  return execFileSync('ps', ['-axo', 'pid=,args='], { encoding: 'utf8' }).split('\\n')
    .filter((line) => line.includes(folder))
    .map((line) => parseInt(line, 10))
    .filter((id) => id !== process.pid);
}
function signalAll(pids, signal) {
  for (const pid of pids) try { process.kill(pid, signal); } catch {}
}
process.stdin.resume();
process.stdin.on('close', () => {
  const started = Date.now();
  let lastSeen = started;
  const told = new Set();
  const timer = setInterval(() => {
    const left = running();
    const now = Date.now();
    if (left.length > 0) lastSeen = now;
    signalAll(left.filter((pid) => !told.has(pid)), 'SIGQUIT');
    for (const pid of left) told.add(pid);
    if (now - started > 5000) signalAll(left, 'SIGKILL');
    if (now - lastSeen < 500 && now - started < 10000) return;
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
 * The server is every process whose command line names `folder` or, where that can be read, whose
 * home it is: RabbitMQ starts an `epmd` without arguments where it finds none. The watch keeps this
 * process from ending neither by its child nor by its pipe.
 */
export function watchForCleanup(folder: string): CleanupWatch {
  const watcher = spawn(process.execPath, ['-e', program, folder], {
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
