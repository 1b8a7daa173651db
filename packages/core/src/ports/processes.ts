/** A running instance of a process, as the store keeps it. */
export interface ProcessInstance {
  /** Name of the process. */
  readonly process: string;
  /** What the messages of this instance have in common. No other running instance of the process has it. */
  readonly key: string;
  /** Tells apart instances that had the same key one after the other. */
  readonly instanceId: string;
  /** How often it was saved; 0 for one that starts with this unit of work. */
  readonly version: number;
  /** The state, as JSON text; a store may write the same value in another way. */
  readonly state: string;
  /** Version of the definition that the state is of, from 1. */
  readonly stateVersion: number;
  /** The open timeouts: by their names, the ids of the messages that will tell of them. */
  readonly timeouts: Readonly<Record<string, string>>;
}

/** A running instance as operators see it. */
export interface ListedProcess extends ProcessInstance {
  /** ISO 8601, by the store's clock. */
  readonly startedAt: string;
  /** When it was last saved; ISO 8601, by the store's clock. */
  readonly updatedAt: string;
  /** When the open timeouts are due, ISO 8601 by their names; one that is on its way to the process is absent. */
  readonly timeoutsDueAt: Readonly<Record<string, string>>;
}

export interface ProcessQuery {
  /** Only instances of this process. */
  readonly process?: string;
  /** Only instances with this key. */
  readonly key?: string;
}

export interface ProcessPage {
  /** By process and key. */
  readonly instances: readonly ListedProcess[];
  /** Give it as `after` to get the next page; absent on the last one. */
  readonly next?: string;
}

/**
 * Process instances as one unit of work changes them. What is saved and completed here is written by
 * the unit's commit, together with everything else, or not at all.
 */
export interface UnitProcesses {
  /** The running instance with that key, as it is committed. */
  load(process: string, key: string): Promise<ProcessInstance | undefined>;
  /**
   * Has the instance saved as its next version, or started where its version is 0. Of several changes
   * to one instance the last counts. The commit throws a {@link ConcurrencyError} when somebody else
   * has started, saved or completed an instance with that key since it was loaded.
   */
  save(instance: ProcessInstance): void;
  /** Has the instance removed: its key is free for another one. It is checked as by {@link save}. */
  complete(instance: ProcessInstance): void;
}

/** Running instances of processes. They are changed by {@link UnitOfWork.processes}. */
export interface Processes {
  /** One page of at most `limit` (default 50, at most 500) running instances. */
  list(query?: ProcessQuery, page?: { limit?: number; after?: string }): Promise<ProcessPage>;
}
