import { isDeepStrictEqual } from 'node:util';

import { AggregateNotFoundError } from '@tidings/core';
import type { Aggregate } from '@tidings/domain';

import type { InMemoryUnitOfWork } from '../unit-of-work/in-memory-unit-of-work.ts';
import type { AggregateMapping } from './aggregate-mapping.ts';
import { copyingSnapshots, mappedSnapshots, type Snapshots } from './snapshots.ts';

/**
 * Aggregates of one kind in the in-memory store, for one unit of work. Within the unit an id always
 * gives the same instance, and no other unit ever gets it: what is kept are snapshots, taken when
 * the unit commits. An aggregate that changed or recorded events is saved as its next version,
 * provided that nobody else saved it since it was loaded.
 *
 * Without a mapping it keeps a copy of the aggregate's properties, however deeply nested, classes
 * included. A class with `#private` members cannot be copied that way: it needs a mapping.
 *
 * Use it as it is, or extend it with queries of your own, for which there are `find` and `filter`.
 *
 * @example
 * bind(Products, { unit: InMemoryUnit }, ({ unit }) => new InMemoryRepository<Product>(unit, 'Products'));
 */
export class InMemoryRepository<A extends Aggregate, State = unknown> {
  readonly #unit: InMemoryUnitOfWork;
  readonly #collection: string;
  readonly #snapshots: Snapshots<A>;

  /** @param collection names it in the store and in errors; those of the same name share their aggregates */
  constructor(unit: InMemoryUnitOfWork, collection: string, mapping?: AggregateMapping<A, State>) {
    this.#unit = unit;
    this.#collection = collection;
    this.#snapshots = mapping === undefined ? copyingSnapshots() : mappedSnapshots(mapping);
  }

  /** The aggregate with that id, if there is one. */
  async get(id: A['id']): Promise<A | undefined> {
    const known = this.#unit.known(this.#collection, id);
    if (known !== undefined) return (known as A | null) ?? undefined;
    const loaded = this.#load(id);
    if (loaded !== undefined) this.#take(loaded);
    return loaded;
  }

  /** @throws AggregateNotFoundError `TIDINGS_AGGREGATE_NOT_FOUND` when there is none with that id */
  async require(id: A['id']): Promise<A> {
    const aggregate = await this.get(id);
    if (aggregate === undefined) throw new AggregateNotFoundError(this.#collection, id);
    return aggregate;
  }

  /** Has a new aggregate saved with the unit. A second one with the same id makes the commit fail. */
  add(aggregate: A): void {
    this.#take(aggregate);
  }

  /** Has an aggregate deleted with the unit; the events that it recorded are stored all the same. */
  remove(aggregate: A): void {
    this.#unit.remember(this.#collection, aggregate.id, null);
    this.#unit.track(aggregate, () =>
      // One that was added by this very unit has never been stored.
      aggregate.version === 0 && this.#unit.load(this.#collection, aggregate.id) === undefined
        ? undefined
        : { kind: 'remove', collection: this.#collection },
    );
  }

  /** The first aggregate for which `predicate` holds, with the changes this unit made so far. */
  protected async find(predicate: (aggregate: A) => boolean): Promise<A | undefined> {
    for (const aggregate of this.#all()) if (predicate(aggregate)) return this.#take(aggregate);
    return undefined;
  }

  /** All aggregates for which `predicate` holds, with the changes this unit made so far. */
  protected async filter(predicate: (aggregate: A) => boolean): Promise<A[]> {
    return [...this.#all()].filter(predicate).map((aggregate) => this.#take(aggregate));
  }

  *#all(): Generator<A> {
    for (const id of this.#unit.ids(this.#collection)) {
      const known = this.#unit.known(this.#collection, id);
      const aggregate = known === undefined ? this.#load(id) : known;
      if (aggregate !== undefined && aggregate !== null) yield aggregate as A;
    }
  }

  #load(id: string): A | undefined {
    const stored = this.#unit.load(this.#collection, id);
    return stored && this.#snapshots.restore(stored.state, id, stored.version);
  }

  #take(aggregate: A): A {
    const collection = this.#collection;
    if (this.#unit.known(collection, aggregate.id) === aggregate) return aggregate;
    const stored = this.#unit.load(collection, aggregate.id);
    this.#unit.remember(collection, aggregate.id, aggregate);
    this.#unit.track(aggregate, () => {
      const state = this.#snapshots.take(aggregate);
      const unchanged =
        stored?.version === aggregate.version &&
        aggregate.recordedEvents.length === 0 &&
        isDeepStrictEqual(state, stored.state);
      return unchanged ? undefined : { kind: 'save', collection, state };
    });
    return aggregate;
  }
}
