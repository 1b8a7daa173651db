import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** A program in a process group of its own, as a shell starts one. */
export interface RunningScript {
  readonly pid: number;
  readonly lines: readonly string[];
  /** Its exit code, and the signal that killed it. */
  readonly end: Promise<unknown>;
  /** The first line that matches, as soon as there is one. @throws when it ends without. */
  says(pattern: RegExp): Promise<RegExpExecArray>;
  /** As a terminal and npm do it: the whole group first, then the process once more. */
  pressCtrlC(): void;
}

/** Runs Node with these arguments. */
export function startScript(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): RunningScript {
  const child: ChildProcessByStdio<null, Readable, null> = spawn(process.execPath, [...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
    env: { ...process.env, ...env },
  });
  const pid = child.pid ?? 0;
  const lines: string[] = [];
  const input = createInterface({ input: child.stdout });
  input.on('line', (line) => lines.push(line));
  let hasEnded = false;
  const end = once(child, 'close').finally(() => {
    hasEnded = true;
  });
  return {
    pid,
    lines,
    end,
    says: async (pattern) => {
      for (;;) {
        const found = lines.map((line) => pattern.exec(line)).find((match) => match !== null);
        if (found !== undefined && found !== null) return found;
        if (hasEnded) throw new Error(`it ended without ${String(pattern)}:\n${lines.join('\n')}`);
        await Promise.race([once(input, 'line'), end]);
      }
    },
    pressCtrlC: () => {
      process.kill(-pid, 'SIGINT');
      process.kill(pid, 'SIGINT');
    },
  };
}
