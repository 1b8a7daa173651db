import { fork } from 'node:child_process';

import type { Measurement } from './contender.ts';
import type { Task } from './worker.ts';

/**
 * Measures one contender in a process of its own, so that neither the compiled code nor the garbage
 * of another has a part in it.
 */
export async function inOwnProcess(task: Task): Promise<Measurement> {
  const child = fork(new URL('worker.js', import.meta.url));
  try {
    return await new Promise<Measurement>((resolve, reject) => {
      child.once('message', (message) => resolve(message as Measurement));
      child.once('error', reject);
      child.once('exit', (code) =>
        reject(new Error(`"${task.contender}" ended with ${code} before it had measured anything`)),
      );
      child.send(task);
    });
  } finally {
    child.kill();
  }
}
