import type {
  Generation,
  GenerationPlan,
  GenerationRef,
  LeaseGrant,
  Position,
  ProjectionProgress,
  ProjectionUnit,
  RestOfLog,
  RestRequest,
} from '@tidings/core';

import { integer, onlyRow, text } from '../connection/columns.ts';
import { withValues, type Prepared, type Schema } from '../connection/schema.ts';
import type { Send } from '../connection/send.ts';
import type { Statement } from '../connection/session.ts';
import { noted } from '../connection/transaction.ts';
import { envelopeOf } from '../log/envelope-row.ts';
import { rest } from '../log/log-statements.ts';
import { placeOf } from './projection-place.ts';

export interface ProjectionUnitStatements {
  readonly schema: string;
  readonly begin: Prepared;
  readonly enter: Prepared;
  readonly leave: Prepared;
  readonly shareWriters: Prepared;
  readonly active: Prepared;
  readonly holdWriters: Prepared;
  readonly holdProjection: Prepared;
  readonly rest: Prepared;
  readonly activate: Prepared;
  readonly advance: Prepared;
}

/** Whoever waits for all writers, or for all readers, makes those wait that come after. */
const SHORT_LOCK_TIMEOUT: Statement = { text: `set local lock_timeout = '1s'` };

export function projectionUnitStatements(schema: Schema): ProjectionUnitStatements {
  const s = schema.quoted;
  const writers = `hashtextextended('${schema.name} projection ' || $1, 0)`;
  return {
    schema: schema.name,
    // Primary keys; locks the projection's row.
    begin: schema.prepare(
      'projection-begin',
      `select ${s}.begin_generation($1, $2::bigint, $3, $4::boolean, $5) as begun`,
    ),
    // Primary key; locks nothing.
    enter: schema.prepare('projection-enter', `select ${s}.enter_generation($1, $2::bigint)`),
    leave: schema.prepare('projection-leave-place', `select ${s}.leave_generation()`),
    shareWriters: schema.prepare(
      'projection-share-writers',
      `select pg_advisory_xact_lock_shared(${writers})`,
    ),
    // projection_generations_active; a later statement than the lock, so that it sees what that waited for.
    active: schema.prepare(
      'projection-active',
      `select generation, version, mode from ${s}.projection_generations
       where projection = $1 and state = 'active'`,
    ),
    holdWriters: schema.prepare(
      'projection-hold-writers',
      `select pg_advisory_xact_lock(${writers})`,
    ),
    // Primary key; locks the projection's row: no generation of it is moved on meanwhile.
    holdProjection: schema.prepare(
      'projection-hold',
      `select 1 from ${s}.projections where name = $1 for update`,
    ),
    rest: schema.prepare('projection-rest', rest(s)),
    // Primary keys; locks the projection's row, and the views that readers use.
    activate: schema.prepare(
      'projection-activate',
      `select ${s}.activate_generation($1, $2::bigint, $3::bigint, $4, $5, $6::bigint) as outcome`,
    ),
    // Primary keys; locks the generation's row, and shares the projection's with the other generation.
    advance: schema.prepare(
      'projection-advance',
      `select ${s}.advance_projection($1, $2::bigint, $3::bigint, $4::bigint, $5::bigint, $6::bigint,
         $7, $8, $9::bigint) as xid`,
    ),
  };
}

/** What moves a generation on, as the last but one statement of its unit. */
export function advanceOf(
  { advance }: ProjectionUnitStatements,
  { generation: ref, from, to, events, workedMs, lease }: ProjectionProgress,
): Statement {
  const { projection, generation } = ref;
  const { name, owner, epoch } = lease;
  const values = [projection, generation, from, to, events, workedMs, name, owner, epoch];
  return withValues(advance, values);
}

/** The statements of one unit of work about projections. */
export class KnexProjectionUnit implements ProjectionUnit {
  readonly #statements: ProjectionUnitStatements;
  readonly #send: Send;
  readonly #post: (statement: Statement) => void;

  /** @param post sends a statement whose failure shows in the commit */
  constructor(
    statements: ProjectionUnitStatements,
    send: Send,
    post: (statement: Statement) => void,
  ) {
    this.#statements = statements;
    this.#send = send;
    this.#post = post;
  }

  async begin({
    projection,
    version,
    mode,
    rebuild = false,
  }: GenerationPlan): Promise<GenerationRef | undefined> {
    const place = placeOf(this.#statements.schema, projection);
    const values = [projection, version, mode, rebuild, place];
    const { rows } = await this.#send(withValues(this.#statements.begin, values));
    const begun = onlyRow(rows)['begun'];
    return begun === null ? undefined : { projection, generation: integer(begun) };
  }

  async within<T>({ projection, generation }: GenerationRef, work: () => Promise<T>): Promise<T> {
    const entering = this.#send(withValues(this.#statements.enter, [projection, generation]));
    entering.catch(noted);
    try {
      const result = await work();
      await entering;
      return result;
    } catch (error) {
      // Where this failed, whatever came after failed because of it.
      await entering;
      throw error;
    } finally {
      this.#post(withValues(this.#statements.leave, []));
    }
  }

  async active(
    projection: string,
  ): Promise<Pick<Generation, 'generation' | 'version' | 'mode'> | undefined> {
    const [, { rows }] = await Promise.all([
      this.#send(withValues(this.#statements.shareWriters, [projection])),
      this.#send(withValues(this.#statements.active, [projection])),
    ]);
    const [row] = rows;
    if (row === undefined) return undefined;
    return {
      generation: integer(row['generation']),
      version: integer(row['version']),
      mode: text(row['mode']) === 'inline' ? 'inline' : 'async',
    };
  }

  async hold(projection: string): Promise<void> {
    await Promise.all([
      this.#send(SHORT_LOCK_TIMEOUT),
      this.#send(withValues(this.#statements.holdWriters, [projection])),
      this.#send(withValues(this.#statements.holdProjection, [projection])),
    ]);
  }

  async rest({ generation: ref, types, limit, unplaced }: RestRequest): Promise<RestOfLog> {
    const { projection, generation } = ref;
    const values = [projection, generation, types, limit, unplaced];
    const { rows } = await this.#send(withValues(this.#statements.rest, values));
    return {
      messages: rows.filter(({ id }) => id !== null).map(envelopeOf),
      upTo: integer(rows[0]?.['head']),
    };
  }

  async activate(
    { projection, generation }: GenerationRef,
    position: Position,
    lease?: LeaseGrant,
  ): Promise<'activated' | 'behind'> {
    const { name = null, owner = null, epoch = null } = lease ?? {};
    const values = [projection, generation, position, name, owner, epoch];
    const [, { rows }] = await Promise.all([
      this.#send(SHORT_LOCK_TIMEOUT),
      this.#send(withValues(this.#statements.activate, values)),
    ]);
    return onlyRow(rows)['outcome'] === 'activated' ? 'activated' : 'behind';
  }
}
