import { ConcurrencyError, pageSize } from '@tidings/core';
import type {
  Clock,
  ListedProcess,
  Processes,
  ProcessInstance,
  ProcessPage,
  ProcessQuery,
} from '@tidings/core';

import type { InMemoryScheduledMessages } from './in-memory-scheduled-messages.ts';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 500;

type StoredProcess = Omit<ListedProcess, 'timeoutsDueAt'>;

/** Running instances of processes, by process and key. Instances are never changed, only replaced. */
export class InMemoryProcesses implements Processes {
  readonly #instances = new Map<string, StoredProcess>();
  readonly #clock: Clock;
  readonly #scheduled: InMemoryScheduledMessages;

  constructor(clock: Clock, scheduled: InMemoryScheduledMessages) {
    this.#clock = clock;
    this.#scheduled = scheduled;
  }

  get(process: string, key: string): ProcessInstance | undefined {
    return this.#instances.get(instanceKey(process, key));
  }

  /** @throws ConcurrencyError unless the instance is as it was loaded; a new one, unless there is none */
  assertCurrent({ process, key, instanceId, version }: ProcessInstance): void {
    const stored = this.get(process, key);
    const isCurrent =
      version === 0
        ? stored === undefined
        : stored?.version === version && stored.instanceId === instanceId;
    if (!isCurrent) {
      throw new ConcurrencyError(`process ${process} ${JSON.stringify(key)}`, {
        process,
        key,
        loadedVersion: version,
        storedVersion: stored?.version,
      });
    }
  }

  save(instance: ProcessInstance): void {
    const { process, key, version } = instance;
    const now = new Date(this.#clock.now()).toISOString();
    this.#instances.set(
      instanceKey(process, key),
      Object.freeze({
        ...instance,
        timeouts: Object.freeze({ ...instance.timeouts }),
        version: version + 1,
        startedAt: this.#instances.get(instanceKey(process, key))?.startedAt ?? now,
        updatedAt: now,
      }),
    );
  }

  delete({ process, key }: ProcessInstance): void {
    this.#instances.delete(instanceKey(process, key));
  }

  async list(
    query: ProcessQuery = {},
    { limit = DEFAULT_LIMIT, after = '' }: { limit?: number; after?: string } = {},
  ): Promise<ProcessPage> {
    const size = pageSize(limit, MAX_LIMIT);
    const found = [...this.#instances]
      .filter(
        ([place, { process, key }]) =>
          place > after &&
          (query.process === undefined || query.process === process) &&
          (query.key === undefined || query.key === key),
      )
      .toSorted(([left], [right]) => (left < right ? -1 : 1));
    const page = found.slice(0, size);
    const last = page.at(-1);
    return {
      instances: page.map(([, instance]) => ({
        ...instance,
        timeoutsDueAt: this.#dueTimesOf(instance),
      })),
      ...(found.length > size && last !== undefined ? { next: last[0] } : {}),
    };
  }

  #dueTimesOf({ timeouts }: ProcessInstance): Readonly<Record<string, string>> {
    const due = Object.entries(timeouts).map(([name, id]) => [name, this.#scheduled.dueAt(id)]);
    return Object.fromEntries(due.filter(([, at]) => at !== undefined)) as Record<string, string>;
  }
}

/** Neither part can contain the separator, which sorts before what can be in a name. */
function instanceKey(process: string, key: string): string {
  return `${process}\n${key}`;
}
