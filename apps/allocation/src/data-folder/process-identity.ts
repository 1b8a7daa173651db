import { execFile } from 'node:child_process';
import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { promisify } from 'node:util';

/** Tells one process apart from any other, also from a later one that got its pid. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, as its system tells; `null` where that cannot be found out. */
  readonly started: string | null;
  /** Where pids mean the same: a running kernel and its pid namespace, or else the host's name. */
  readonly place: string;
  readonly host: string;
}

/** The identity of this very process. */
export async function thisProcess(): Promise<ProcessIdentity> {
  return {
    pid: process.pid,
    started: await startOf(process.pid),
    place: await placeOfPids(),
    host: hostname(),
  };
}

/**
 * Whether a process still runs. `unknown` when it belongs to another machine or container, where
 * nobody can tell from here.
 */
export async function isAlive(other: ProcessIdentity): Promise<boolean | 'unknown'> {
  const place = await placeOfPids();
  if (other.place !== place) {
    // Same host under another boot: it was restarted, and nothing outlives that.
    const wasRebooted = other.host === hostname() && bootOf(other.place) !== bootOf(place);
    return wasRebooted ? false : 'unknown';
  }
  if (!pidExists(other.pid)) return false;
  const started = await startOf(other.pid);
  // The pid may have gone to another process meanwhile, which then started at another time.
  return started === null || other.started === null || started === other.started;
}

function pidExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there, and belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function startOf(pid: number): Promise<string | null> {
  if (process.platform === 'linux') {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    // The name, in brackets, may hold spaces; the 20th field after it is the start in clock ticks.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  }
  if (process.platform === 'win32') return null;
  const listed = await promisify(execFile)('ps', ['-o', 'lstart=', '-p', String(pid)]).catch(
    () => undefined,
  );
  return listed?.stdout.trim() || null;
}

async function placeOfPids(): Promise<string> {
  if (process.platform !== 'linux') return hostname();
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
  const namespace = await readlink('/proc/self/ns/pid').catch(() => '');
  return `${boot.trim()} ${namespace}`;
}

function bootOf(place: string): string {
  return place.split(' ')[0] ?? '';
}
