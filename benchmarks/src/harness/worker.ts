import { findContender } from '../contenders.ts';

/** What a worker is told to do. */
export interface Task {
  readonly contender: string;
  readonly settings: unknown;
}

/** Measures one contender in a process of its own, and tells the parent what it measured. */
async function work({ contender, settings }: Task): Promise<void> {
  const measure = await findContender(contender).load();
  process.send?.(await measure(settings as never));
  process.disconnect();
}

process.once('message', (task) => void work(task as Task));
