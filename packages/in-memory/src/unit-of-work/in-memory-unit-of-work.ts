import { UnitOfWorkEndedError } from '@tidings/core';
import type {
  AggregateTracker,
  CommitRequest,
  Intent,
  ReceivedDelivery,
  ReceiveResult,
  RecordedEvent,
  StoredOutcome,
  UnitOfWork,
  UnitProcesses,
} from '@tidings/core';
import type { Aggregate } from '@tidings/domain';

import { copyValue } from '../repository/copy-value.ts';
import { deliveryKey } from '../store/delivery-key.ts';
import type { HeldEntry } from '../store/held-entry.ts';
import type { StoredAggregate } from '../store/in-memory-aggregates.ts';
import type { InMemoryStore } from '../store/in-memory-store.ts';
import type { LockOwner } from '../store/locks.ts';
import { ProcessChanges } from './process-changes.ts';
import { InMemoryProjectionUnit } from './in-memory-projection-unit.ts';
import { TableWrites } from './table-writes.ts';
import { type AggregateChange, TrackedAggregates } from './tracked-aggregates.ts';

const DONE = Promise.resolve();

/**
 * A transaction of an {@link InMemoryStore}. It writes nothing before the commit, and then everything
 * at once; of others' work it sees what was committed when it looks. What a unit does not use costs
 * it nothing: every message that is dispatched has one.
 */
export class InMemoryUnitOfWork
  implements UnitOfWork, AggregateTracker<AggregateChange>, LockOwner
{
  /** The lock that this unit waits for. */
  waitsFor: LockOwner['waitsFor'] = undefined;
  readonly #store: InMemoryStore;
  #state: UnitOfWork['state'] = 'open';
  #aggregates: TrackedAggregates | undefined;
  #tables: TableWrites | undefined;
  #processes: ProcessChanges | undefined;
  #projections: InMemoryProjectionUnit | undefined;
  #locks: string[] | undefined;
  #delivery: ReceivedDelivery | undefined;
  #entry: HeldEntry | undefined;
  #intent: Intent | undefined;

  constructor(store: InMemoryStore) {
    this.#store = store;
  }

  get state(): UnitOfWork['state'] {
    return this.#state;
  }

  get projections(): InMemoryProjectionUnit {
    this.#assertOpen('work on a projection');
    return (this.#projections ??= new InMemoryProjectionUnit({
      store: this.#store,
      lock: (operation, name) => this.#lock(operation, name),
    }));
  }

  /** To wait only where there is something to wait for makes this several times faster. */
  receive(delivery: ReceivedDelivery): ReceiveResult | Promise<ReceiveResult> {
    this.#assertOpen('receive');
    const { subscription, messageId, claim } = delivery;
    const key = claim?.key ?? delivery.key;
    // What is held is waited for in the store, not here: its head may be under way.
    if (
      claim === undefined &&
      this.#isHeld(delivery) &&
      !this.#store.inbox.has(subscription, messageId)
    ) {
      return 'held';
    }
    const keyFree =
      key === undefined
        ? undefined
        : this.#lock('receive', `key\n${deliveryKey(subscription, key)}`);
    if (keyFree !== undefined) return keyFree.then(() => this.#receiveOfKey(delivery));
    return this.#receiveOfKey(delivery);
  }

  /** The delivery's key is this unit's. */
  #receiveOfKey(delivery: ReceivedDelivery): ReceiveResult | Promise<ReceiveResult> {
    const { subscription, messageId } = delivery;
    const free = this.#lock('receive', deliveryKey(subscription, messageId));
    return free === undefined
      ? this.#received(delivery)
      : free.then(() => this.#received(delivery));
  }

  #received(delivery: ReceivedDelivery): ReceiveResult {
    const { subscription, messageId, claim } = delivery;
    const { inbox, held } = this.#store;
    const entry = claim && held.claimed(claim);
    const known = inbox.fingerprint(subscription, messageId);
    if (known !== undefined) {
      if (known !== delivery.fingerprint) return 'conflict';
      if (entry !== undefined) held.remove(entry);
      return 'duplicate';
    }
    if (claim !== undefined) {
      if (entry === undefined) return 'lost';
      entry.inUse = true;
      this.#entry = entry;
    } else if (held.has(subscription, messageId) || this.#isHeld(delivery)) {
      return 'held';
    }
    this.#delivery = delivery;
    return 'first';
  }

  #isHeld({ subscription, messageId, key = messageId }: ReceivedDelivery): boolean {
    return this.#store.held.isHeld(subscription, key);
  }

  async claimIntent(intent: Intent): Promise<StoredOutcome | undefined> {
    await this.#lock('claim an intent', `intent\n${intent.id}`);
    const outcome = this.#store.inbox.outcome(intent.id);
    if (outcome === undefined) this.#intent = intent;
    return outcome;
  }

  get processes(): UnitProcesses {
    return (this.#processes ??= new ProcessChanges(this.#store.processes, (operation) =>
      this.#assertOpen(operation),
    ));
  }

  recorded(): readonly RecordedEvent[] {
    this.#assertOpen('read the recorded events');
    return this.#aggregates?.recorded() ?? [];
  }

  async savepoint<T>(work: () => Promise<T>): Promise<T> {
    this.#assertOpen('open a savepoint');
    const before = this.#aggregates && new TrackedAggregates(this.#aggregates);
    const eventCounts = before?.eventCounts();
    const tables = this.#tables && new TableWrites(this.#tables);
    const processes = this.#processes?.mark();
    const intent = this.#intent;
    try {
      return await work();
    } catch (error) {
      if (this.#state === 'open') {
        this.#aggregates = before;
        this.#tables = tables;
        this.#processes?.rollBackTo(processes ?? new Map());
        this.#intent = intent;
        if (eventCounts !== undefined) before?.forgetEventsAfter(eventCounts);
      }
      throw error;
    }
  }

  commit(request: CommitRequest): Promise<void> {
    // Not an async function: a unit with nothing to write costs no promise of its own.
    try {
      this.#assertOpen('commit');
      const { progress } = request;
      const held = progress && this.projections.holdFor(progress);
      if (held !== undefined) return held.then(() => this.#commitNow(request));
    } catch (error) {
      this.#end('rolled-back');
      return rejected(error);
    }
    return this.#commitNow(request);
  }

  #commitNow(request: CommitRequest): Promise<void> {
    try {
      this.#apply(request);
    } catch (error) {
      this.#end('rolled-back');
      return rejected(error);
    }
    this.#end('committed');
    return DONE;
  }

  rollback(): Promise<void> {
    this.#end('rolled-back');
    return DONE;
  }

  track(aggregate: Aggregate, changes: () => AggregateChange | undefined): void {
    this.#inHand('track an aggregate').track(aggregate, changes);
  }

  /** For repositories: the aggregate that this unit has in hand; `null` when it removed it. */
  known(collection: string, id: string): Aggregate | null | undefined {
    this.#assertOpen('load an aggregate');
    return this.#aggregates?.known(collection, id);
  }

  /** For repositories: what {@link known} gives from now on. */
  remember(collection: string, id: string, aggregate: Aggregate | null): void {
    this.#inHand('use an aggregate').remember(collection, id, aggregate);
  }

  /** For repositories: an aggregate as it is committed now. */
  load(collection: string, id: string): StoredAggregate | undefined {
    this.#assertOpen('load an aggregate');
    return this.#store.aggregates.get(collection, id);
  }

  /** For repositories: the ids of a collection, those committed and those this unit has in hand. */
  ids(collection: string): readonly string[] {
    this.#assertOpen('search for aggregates');
    const committed = this.#store.aggregates.ids(collection);
    return [...new Set([...committed, ...(this.#aggregates?.ids(collection) ?? [])])];
  }

  /** For tables: a copy of a row as this unit sees it. */
  row(table: string, key: string): unknown {
    this.#assertOpen('read a row');
    const place = this.#placeOf(table);
    const written = this.#tables?.of(place);
    return written?.has(key) === true
      ? copyValue(written.get(key))
      : this.#store.rows.get(place, key);
  }

  /** For tables: copies of all rows as this unit sees them. */
  rows(table: string): Map<string, unknown> {
    this.#assertOpen('read rows');
    const place = this.#placeOf(table);
    const rows = this.#store.rows.of(place);
    for (const [key, row] of this.#tables?.of(place) ?? []) {
      if (row === undefined) rows.delete(key);
      else rows.set(key, copyValue(row));
    }
    return rows;
  }

  /** For tables: writes a row, or deletes it (`undefined`), when this unit commits. */
  writeRow(table: string, key: string, row: unknown): void {
    this.#assertOpen('write a row');
    this.#tables ??= new TableWrites();
    this.#tables.write(this.#placeOf(table), key, row);
  }

  #placeOf(table: string): string {
    return this.#projections?.placeOf(table) ?? this.#store.rows.placeOf(table);
  }

  #apply({ messages, scheduled, cancelled, intentResult, progress }: CommitRequest): void {
    const { log, aggregates, rows, inbox, held } = this.#store;
    // First everything that can fail, so that nothing is applied when it does.
    if (progress !== undefined) this.projections.check(progress);
    else this.#projections?.check(progress);
    const changes = this.#aggregates?.changes(aggregates) ?? [];
    this.#processes?.check();
    if (messages.length > 0) log.refuseKnown(messages);
    if (scheduled !== undefined) {
      this.#store.scheduled.refuseKnown(scheduled);
      this.#store.scheduled.add(scheduled);
    }
    if (cancelled !== undefined) this.#store.scheduled.remove(cancelled);
    if (messages.length > 0) log.append(messages);
    for (const [aggregate, change] of changes) {
      const version = aggregate.version + 1;
      if (change.kind === 'remove') aggregates.delete(change.collection, aggregate.id);
      else aggregates.set(change.collection, aggregate.id, { version, state: change.state });
      aggregate.markSaved(version);
    }
    if (this.#tables !== undefined) {
      for (const [table, key, row] of this.#tables) rows.set(table, key, row);
    }
    this.#processes?.apply();
    this.#projections?.apply(progress);
    if (this.#delivery !== undefined) {
      const { subscription, messageId, fingerprint } = this.#delivery;
      inbox.add(subscription, messageId, fingerprint);
    }
    if (this.#entry !== undefined) held.remove(this.#entry);
    if (this.#intent !== undefined) {
      const { id, fingerprint } = this.#intent;
      const result = intentResult === undefined ? {} : { result: intentResult };
      inbox.addOutcome(id, { fingerprint, ...result });
    }
  }

  #inHand(operation: string): TrackedAggregates {
    this.#assertOpen(operation);
    return (this.#aggregates ??= new TrackedAggregates());
  }

  /** Takes a lock: at once (`undefined`), or when the promise resolves. */
  #lock(operation: string, name: string): Promise<void> | undefined {
    this.#assertOpen(operation);
    if (this.#locks?.includes(name) === true) return undefined;
    const waiting = this.#store.locks.acquire(name, this);
    if (waiting !== undefined) return this.#waitForLock(operation, name, waiting);
    (this.#locks ??= []).push(name);
    return undefined;
  }

  async #waitForLock(operation: string, name: string, waiting: Promise<void>): Promise<void> {
    await waiting;
    if (this.#state !== 'open') {
      // Whoever ended the unit meanwhile could not know of this lock.
      this.#store.locks.release(name);
      this.#assertOpen(operation);
    }
    (this.#locks ??= []).push(name);
  }

  #end(state: 'committed' | 'rolled-back'): void {
    if (this.#state !== 'open') return;
    this.#state = state;
    if (this.#entry !== undefined) this.#entry.inUse = false;
    if (this.#locks !== undefined) {
      for (const name of this.#locks) this.#store.locks.release(name);
      this.#locks = undefined;
    }
  }

  #assertOpen(operation: string): void {
    if (this.#state !== 'open') throw new UnitOfWorkEndedError(operation, this.#state);
  }
}

/** The error may be a user's, thrown while an aggregate's state was asked for: it is passed on as it is. */
async function rejected(error: unknown): Promise<never> {
  throw error;
}
