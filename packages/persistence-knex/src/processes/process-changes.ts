import type { ProcessInstance, UnitProcesses } from '@tidings/core';

import { withValues } from '../connection/schema.ts';
import type { Send } from '../connection/send.ts';
import type { Statement } from '../connection/session.ts';
import { instanceOf } from './process-row.ts';
import type { ProcessStatements } from './process-statements.ts';

interface Change {
  readonly instance: ProcessInstance;
  readonly completes: boolean;
}

/** What one unit of work has changed of process instances and not written. */
export class ProcessChanges implements UnitProcesses {
  readonly #statements: ProcessStatements;
  readonly #send: Send;
  readonly #assertOpen: (operation: string) => void;
  #changes = new Map<string, Change>();

  /** @param assertOpen throws once the unit has ended */
  constructor(statements: ProcessStatements, send: Send, assertOpen: (operation: string) => void) {
    this.#statements = statements;
    this.#send = send;
    this.#assertOpen = assertOpen;
  }

  async load(process: string, key: string): Promise<ProcessInstance | undefined> {
    this.#assertOpen('load a process');
    const { rows } = await this.#send(withValues(this.#statements.load, [process, key]));
    const [row] = rows;
    return row && instanceOf(row);
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

  /** The statements that write the changes, and raise where somebody else has changed an instance. */
  writes(): readonly Statement[] {
    return [...this.#changes.values()].map((change) => this.#write(change));
  }

  #write({ instance, completes }: Change): Statement {
    const { process, key, instanceId, version, state, stateVersion, timeouts } = instance;
    const what = `process ${process} ${JSON.stringify(key)}`;
    const place = [process, key, what, instanceId];
    if (completes) return withValues(this.#statements.delete, [...place, version]);
    const content = [...place, state, stateVersion, JSON.stringify(timeouts)];
    return version === 0
      ? withValues(this.#statements.insert, content)
      : withValues(this.#statements.update, [...content, version]);
  }

  #change(operation: string, change: Change): void {
    this.#assertOpen(operation);
    const { process, key } = change.instance;
    this.#changes.set(`${process}\n${key}`, change);
  }
}
