import { AggregateNotFoundError, assertJson } from '@tidings/core';
import type { Aggregate } from '@tidings/domain';

import { integer, text } from '../connection/columns.ts';
import type { Statement } from '../connection/session.ts';
import type { KnexUnitOfWork } from '../unit-of-work/knex-unit-of-work.ts';
import type { Changes } from '../unit-of-work/write.ts';

/** How an aggregate becomes a document and back. */
export interface DocumentMapping<A extends Aggregate, State> {
  /** The state as plain JSON values, without id and version. */
  readonly toState: (aggregate: A) => State;
  readonly fromState: (state: State, id: A['id'], version: number) => A;
}

/**
 * Aggregates of one kind as JSON documents, for one unit of work: no tables of your own. Within the
 * unit an id always gives the same instance. An aggregate that changed or recorded events is saved as
 * its next version, provided that nobody else saved it since it was loaded.
 *
 * What JSON or `jsonb` would change (dates, NaN, NUL characters …) is refused by name before anything
 * is sent, with an `UnstorableValueError`.
 *
 * @example
 * bind(Products, { unit: KnexUnit }, ({ unit }) => new DocumentRepository(unit, 'products', mapping));
 */
export class DocumentRepository<A extends Aggregate, State = unknown> {
  readonly #unit: KnexUnitOfWork;
  readonly #collection: string;
  readonly #mapping: DocumentMapping<A, State>;
  readonly #removed = new Set<string>();

  /** @param collection names it in the table and in errors */
  constructor(unit: KnexUnitOfWork, collection: string, mapping: DocumentMapping<A, State>) {
    this.#unit = unit;
    this.#collection = collection;
    this.#mapping = mapping;
  }

  /** The aggregate with that id, if there is one. */
  async get(id: A['id']): Promise<A | undefined> {
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    if (this.#removed.has(id)) return undefined;
    const { rows } = await this.#unit.run(
      this.#statement(
        'get',
        `select version, body::text as body from ${this.#unit.schema}.documents where collection = $1 and id = $2`,
        [this.#collection, id],
      ),
    );
    const [row] = rows;
    if (row === undefined) return undefined;
    const state = JSON.parse(text(row['body'])) as State;
    const aggregate = this.#mapping.fromState(state, id, integer(row['version']));
    this.#take(aggregate, this.#bodyOf(aggregate));
    return aggregate;
  }

  /** @throws {@link AggregateNotFoundError} when there is none with that id */
  async require(id: A['id']): Promise<A> {
    const aggregate = await this.get(id);
    if (aggregate === undefined) throw new AggregateNotFoundError(this.#collection, id);
    return aggregate;
  }

  /** Has a new aggregate saved with the unit; see {@link KnexRepository.add}. */
  add(aggregate: A): void {
    this.#take(aggregate, undefined);
  }

  /** Has an aggregate deleted with the unit; the events it recorded are stored all the same. */
  remove(aggregate: A): void {
    const { id, version } = aggregate;
    this.#known.delete(id);
    this.#removed.add(id);
    this.#unit.untrack(aggregate);
    this.#unit.track(aggregate, () =>
      version === 0
        ? []
        : [
            this.#checked(
              'delete',
              `delete from ${this.#unit.schema}.documents
               where collection = $1 and id = $2 and version = $4::bigint returning 1`,
              id,
              [version],
            ),
          ],
    );
  }

  get #known(): Map<string, A> {
    return this.#unit.identities(`document ${this.#collection}`) as Map<string, A>;
  }

  #take(aggregate: A, saved: string | undefined): void {
    this.#known.set(aggregate.id, aggregate);
    this.#unit.track(aggregate, () => this.#changes(aggregate, saved));
  }

  #changes(aggregate: A, saved: string | undefined): Changes | undefined {
    const body = this.#bodyOf(aggregate);
    const { id, version } = aggregate;
    if (saved === undefined) {
      return [
        this.#checked(
          'insert',
          `insert into ${this.#unit.schema}.documents (collection, id, version, body)
           values ($1, $2, 1, $4::text::jsonb) on conflict do nothing returning 1`,
          id,
          [body],
        ),
      ];
    }
    if (body === saved && aggregate.recordedEvents.length === 0) return undefined;
    return [
      this.#checked(
        'update',
        `update ${this.#unit.schema}.documents set version = $4::bigint + 1, body = $5::text::jsonb
         where collection = $1 and id = $2 and version = $4::bigint returning 1`,
        id,
        [version, body],
      ),
    ];
  }

  #bodyOf(aggregate: A): string {
    const state = this.#mapping.toState(aggregate);
    assertJson(`${this.#collection} ${JSON.stringify(aggregate.id)}`, state, { jsonb: true });
    return JSON.stringify(state) ?? 'null';
  }

  /** Raises where no row was changed, so that nothing sent after it takes effect. Primary key. */
  #checked(name: string, change: string, id: string, values: readonly unknown[]): Statement {
    const sql = `with changed as (${change})
      select ${this.#unit.schema}.require_version((select count(*) from changed), $3)`;
    const what = `${this.#collection} ${JSON.stringify(id)}`;
    return this.#statement(name, sql, [this.#collection, id, what, ...values]);
  }

  #statement(name: string, sql: string, values: readonly unknown[]): Statement {
    return { name: `${this.#unit.schema}.document-${name}`, text: sql, values };
  }
}
