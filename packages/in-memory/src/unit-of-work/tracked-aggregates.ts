import { ConcurrencyError } from '@tidings/core';
import type { RecordedEvent } from '@tidings/core';
import type { Aggregate } from '@tidings/domain';

import { deliveryKey as collectionKey } from '../store/delivery-key.ts';
import type { InMemoryAggregates } from '../store/in-memory-aggregates.ts';

/** What a repository wants written for one aggregate: its state, or that it is gone. */
export type AggregateChange =
  | { readonly kind: 'save'; readonly collection: string; readonly state: unknown }
  | { readonly kind: 'remove'; readonly collection: string };

/** The aggregates that one unit of work has in hand. */
export class TrackedAggregates {
  readonly #tracked: Map<Aggregate, () => AggregateChange | undefined>;
  /** By collection and id; `null` for one that was removed. */
  readonly #known: Map<string, Aggregate | null>;

  constructor(from?: TrackedAggregates) {
    this.#tracked = from === undefined ? new Map() : new Map(from.#tracked);
    this.#known = from === undefined ? new Map() : new Map(from.#known);
  }

  track(aggregate: Aggregate, changes: () => AggregateChange | undefined): void {
    this.#tracked.set(aggregate, changes);
  }

  known(collection: string, id: string): Aggregate | null | undefined {
    return this.#known.get(collectionKey(collection, id));
  }

  remember(collection: string, id: string, aggregate: Aggregate | null): void {
    this.#known.set(collectionKey(collection, id), aggregate);
  }

  /** The ids of a collection that are in hand. */
  ids(collection: string): readonly string[] {
    const prefix = collectionKey(collection, '');
    return [...this.#known.keys()]
      .filter((key) => key.startsWith(prefix))
      .map((key) => key.slice(prefix.length));
  }

  recorded(): readonly RecordedEvent[] {
    return [...this.#tracked.keys()].flatMap((aggregate) =>
      aggregate.recordedEvents.map((event) => ({
        event,
        aggregateId: aggregate.id,
        aggregateVersion: aggregate.version + 1,
      })),
    );
  }

  /** How many events each aggregate has recorded until now, for {@link forgetEventsAfter}. */
  eventCounts(): ReadonlyMap<Aggregate, number> {
    return new Map(
      [...this.#tracked.keys()].map((aggregate) => [aggregate, aggregate.recordedEvents.length]),
    );
  }

  forgetEventsAfter(counts: ReadonlyMap<Aggregate, number>): void {
    for (const [aggregate, count] of counts) aggregate.forgetEventsAfter(count);
  }

  /**
   * Asks for all changes, and changes nothing.
   *
   * @throws ConcurrencyError when one of the aggregates was saved by somebody else since it was loaded
   */
  changes(stored: InMemoryAggregates): readonly (readonly [Aggregate, AggregateChange])[] {
    const changes: (readonly [Aggregate, AggregateChange])[] = [];
    /** Removed by this very list: the id is free for another aggregate. */
    const removed = new Set<string>();
    for (const [aggregate, ask] of this.#tracked) {
      const change = ask();
      if (change === undefined) continue;
      const { collection } = change;
      const key = collectionKey(collection, aggregate.id);
      const version = removed.has(key) ? 0 : (stored.get(collection, aggregate.id)?.version ?? 0);
      if (version !== aggregate.version) {
        throw new ConcurrencyError(`${collection} ${JSON.stringify(aggregate.id)}`, {
          collection,
          id: aggregate.id,
          loadedVersion: aggregate.version,
          storedVersion: version,
        });
      }
      if (change.kind === 'remove') removed.add(key);
      changes.push([aggregate, change]);
    }
    return changes;
  }
}
