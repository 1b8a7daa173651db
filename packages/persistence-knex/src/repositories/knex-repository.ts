import { AggregateNotFoundError } from '@tidings/core';
import type { Aggregate } from '@tidings/domain';

import type { KnexUnitOfWork } from '../unit-of-work/knex-unit-of-work.ts';
import type { Changes } from '../unit-of-work/write.ts';
import type { AggregateTable, ColumnValues } from './aggregate-table.ts';

/**
 * Aggregates of one kind in tables of your own, mapped by hand, for one unit of work. Within the unit
 * an id always gives the same instance. What has to be written is asked at commit and sent in one
 * go, with the check that nobody else saved the aggregate since it was loaded.
 *
 * A subclass says how an aggregate is loaded and what has to be written. Queries of your own go
 * through `this.unit.knex` or `this.unit.run`; hand what they load to `loaded`.
 *
 * Pattern: *Patterns of Enterprise Application Architecture* (Fowler), Repository, Identity Map.
 */
export abstract class KnexRepository<A extends Aggregate> {
  protected readonly unit: KnexUnitOfWork;
  readonly #table: AggregateTable;
  readonly #removed = new Set<string>();

  /** @param table make it once, not for each repository: it keeps prepared statements */
  constructor(unit: KnexUnitOfWork, table: AggregateTable) {
    this.unit = unit;
    this.#table = table;
  }

  /** The aggregate with that id, if there is one. */
  async get(id: A['id']): Promise<A | undefined> {
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    if (this.#removed.has(id)) return undefined;
    const found = await this.load(id);
    return found === undefined ? undefined : this.loaded(found);
  }

  /** @throws {@link AggregateNotFoundError} when there is none with that id */
  async require(id: A['id']): Promise<A> {
    const aggregate = await this.get(id);
    if (aggregate === undefined) throw new AggregateNotFoundError(this.#table.table, id);
    return aggregate;
  }

  /**
   * Has a new aggregate saved with the unit.
   *
   * At commit a `ConcurrencyError` tells that there is one with that id already.
   */
  add(aggregate: A): void {
    this.#known.set(aggregate.id, aggregate);
    this.#track(aggregate);
  }

  /** Has an aggregate deleted with the unit; the events it recorded are stored all the same. */
  remove(aggregate: A): void {
    const isNew = aggregate.version === 0;
    this.#known.delete(aggregate.id);
    this.#removed.add(aggregate.id);
    this.unit.untrack(aggregate);
    this.unit.track(aggregate, () =>
      isNew
        ? []
        : [
            ...this.removal(aggregate),
            this.#table.delete(this.unit.schema, aggregate.id, aggregate.version),
          ],
    );
  }

  /** Reads the aggregate with its version; without one with that id, `undefined`. */
  protected abstract load(id: A['id']): Promise<A | undefined>;

  /**
   * What has to be written beside the aggregate's own row: Knex queries, not awaited, or statements.
   * An empty list means that only its own row changed, `undefined` that nothing did.
   */
  protected abstract changes(aggregate: A): Changes | undefined;

  /** Further columns of the aggregate's own row. Default none. */
  protected columns(_aggregate: A): ColumnValues {
    return {};
  }

  /** What has to be deleted before the aggregate's own row is. Default nothing. */
  protected removal(_aggregate: A): Changes {
    return [];
  }

  /** Takes in an aggregate that was just read; gives the instance that the unit already has, if any. */
  protected loaded(aggregate: A): A {
    const known = this.#known.get(aggregate.id);
    if (known !== undefined) return known;
    this.#known.set(aggregate.id, aggregate);
    this.#track(aggregate);
    return aggregate;
  }

  get #known(): Map<string, A> {
    return this.unit.identities(this.#table.table) as Map<string, A>;
  }

  #track(aggregate: A): void {
    const { version, id } = aggregate;
    const { schema } = this.unit;
    this.unit.track(aggregate, () => {
      const changes = this.changes(aggregate);
      if (version === 0) {
        return [this.#table.insert(schema, id, this.columns(aggregate)), ...(changes ?? [])];
      }
      if (changes === undefined && aggregate.recordedEvents.length === 0) return undefined;
      // The row with the version comes first: its lock decides whose events come first in the log.
      return [this.#table.update(schema, id, version, this.columns(aggregate)), ...(changes ?? [])];
    });
  }
}
