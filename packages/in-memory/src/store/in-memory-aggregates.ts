/** An aggregate as it was last saved. */
export interface StoredAggregate {
  readonly version: number;
  /** Never handed out as it is: whoever reads it makes a copy. */
  readonly state: unknown;
}

/** Saved aggregates by collection and id. */
export class InMemoryAggregates {
  readonly #collections = new Map<string, Map<string, StoredAggregate>>();

  get(collection: string, id: string): StoredAggregate | undefined {
    return this.#collections.get(collection)?.get(id);
  }

  ids(collection: string): readonly string[] {
    return [...(this.#collections.get(collection)?.keys() ?? [])];
  }

  set(collection: string, id: string, aggregate: StoredAggregate): void {
    const aggregates = this.#collections.get(collection) ?? new Map<string, StoredAggregate>();
    this.#collections.set(collection, aggregates.set(id, aggregate));
  }

  delete(collection: string, id: string): void {
    this.#collections.get(collection)?.delete(id);
  }
}
