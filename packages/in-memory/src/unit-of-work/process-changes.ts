import type { ProcessInstance, UnitProcesses } from '@tidings/core';

import { deliveryKey as instanceKey } from '../store/delivery-key.ts';
import type { InMemoryProcesses } from '../store/in-memory-processes.ts';

interface Change {
  readonly instance: ProcessInstance;
  readonly completes: boolean;
}

/** What one unit of work has changed of process instances and not committed. */
export class ProcessChanges implements UnitProcesses {
  readonly #stored: InMemoryProcesses;
  readonly #assertOpen: (operation: string) => void;
  #changes = new Map<string, Change>();

  /** @param assertOpen throws once the unit has ended */
  constructor(stored: InMemoryProcesses, assertOpen: (operation: string) => void) {
    this.#stored = stored;
    this.#assertOpen = assertOpen;
  }

  async load(process: string, key: string): Promise<ProcessInstance | undefined> {
    this.#assertOpen('load a process');
    return this.#stored.get(process, key);
  }

  save(instance: ProcessInstance): void {
    this.#change('save a process', { instance, completes: false });
  }

  complete(instance: ProcessInstance): void {
    this.#change('complete a process', { instance, completes: true });
  }

  /** A point to which {@link rollBackTo} goes back. */
  mark(): ReadonlyMap<string, Change> {
    return new Map(this.#changes);
  }

  rollBackTo(mark: ReadonlyMap<string, Change>): void {
    this.#changes = new Map(mark);
  }

  /** @throws ConcurrencyError when an instance is not as it was loaded */
  check(): void {
    for (const { instance } of this.#changes.values()) this.#stored.assertCurrent(instance);
  }

  /** Writes what was checked. */
  apply(): void {
    for (const { instance, completes } of this.#changes.values()) {
      if (completes) this.#stored.delete(instance);
      else this.#stored.save(instance);
    }
  }

  #change(operation: string, change: Change): void {
    this.#assertOpen(operation);
    const { process, key } = change.instance;
    this.#changes.set(instanceKey(process, key), change);
  }
}
