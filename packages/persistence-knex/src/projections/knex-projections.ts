import {
  ProjectionMovedError,
  type DeadLetterToPark,
  type Generation,
  type GenerationRef,
  type LeaseGrant,
  type Position,
  type ProjectionFailure,
  type ProjectionRecord,
  type Projections,
} from '@tidings/core';

import { integer, onlyRow, text } from '../connection/columns.ts';
import { withValues, type Schema } from '../connection/schema.ts';
import { inTransaction, runAlone } from '../connection/send.ts';
import type { SessionPool, Statement, StatementResult } from '../connection/session.ts';
import { storableError } from '../connection/storable-text.ts';
import { isLockTimeout } from '../connection/store-error.ts';
import {
  deadLetterStatements,
  type DeadLetterStatements,
} from '../dead-letters/dead-letter-statements.ts';
import { insertLetter } from '../dead-letters/insert-letter.ts';
import { recordsOf, generationOf } from './projection-row.ts';
import { projectionStatements, type ProjectionStatements } from './projection-statements.ts';

/** Who still reads a retired generation is not disturbed: it is dropped at another time. */
const SHORT_LOCK_TIMEOUT: Statement = { text: `set local lock_timeout = '500ms'` };

/** Projections as rows, and their generations, each with its tables in a schema of its own. */
export class KnexProjections implements Projections {
  readonly #pool: SessionPool;
  readonly #statements: ProjectionStatements;
  readonly #letters: DeadLetterStatements;

  constructor(pool: SessionPool, schema: Schema) {
    this.#pool = pool;
    this.#statements = projectionStatements(schema);
    this.#letters = deadLetterStatements(schema);
  }

  async read(names: readonly string[]): Promise<readonly ProjectionRecord[]> {
    return recordsOf((await this.#run('read', [names])).rows);
  }

  async take(
    { projection, generation }: GenerationRef,
    { name, owner, epoch }: LeaseGrant,
  ): Promise<{ readonly generation: Generation; readonly interrupted: boolean } | undefined> {
    const { rows } = await this.#run('take', [projection, generation, name, owner, epoch]);
    const [row] = rows;
    if (row === undefined) return undefined;
    return { generation: generationOf(row), interrupted: row['interrupted'] === true };
  }

  async leave(
    { projection, generation }: GenerationRef,
    { owner, epoch }: LeaseGrant,
  ): Promise<void> {
    await this.#run('leave', [projection, generation, `${owner} ${epoch}`]);
  }

  async fail(
    { projection, generation }: GenerationRef,
    failure: ProjectionFailure,
    { name, owner, epoch }: LeaseGrant,
  ): Promise<void> {
    const { rows } = await this.#run('fail', [
      projection,
      generation,
      name,
      owner,
      epoch,
      failure.position,
      failure.messageId ?? null,
      failure.type ?? null,
      failure.reason,
      storableError(failure.error),
      failure.attempts,
      failure.blocked,
      failure.dueIn,
    ]);
    const known = onlyRow(rows);
    if (known['leads'] !== true) throw new ProjectionMovedError(projection, 'fenced');
    if (known['position'] === null) throw new ProjectionMovedError(projection, 'retired');
    if (integer(known['position']) >= failure.position) {
      throw new ProjectionMovedError(projection, 'behind');
    }
  }

  async retry(projection: string): Promise<number> {
    return (await this.#run('retry', [projection])).count;
  }

  skip(
    { projection, generation }: GenerationRef,
    position: Position,
    letter: DeadLetterToPark,
  ): Promise<boolean> {
    return inTransaction(this.#pool, async (send) => {
      const values = [projection, generation, position];
      const { rows } = await send(withValues(this.#statements.skip, values));
      const isSkipped = integer(onlyRow(rows)['skipped']) > 0;
      if (isSkipped) await insertLetter(send, this.#letters, letter);
      return isSkipped;
    });
  }

  async pause(projection: string, paused: boolean): Promise<void> {
    await this.#run('pause', [projection, paused]);
  }

  async request(
    { projection, generation }: GenerationRef,
    owner: string,
    load: number,
  ): Promise<void> {
    await this.#run('request', [projection, generation, owner, load]);
  }

  async applied(
    projection: string,
    messageIds: readonly string[],
  ): Promise<readonly { readonly messageId: string; readonly skipped: boolean }[]> {
    const { rows } = await this.#run('applied', [projection, messageIds]);
    return rows.map((row) => ({ messageId: text(row['id']), skipped: row['skipped'] === true }));
  }

  async drop({ projection, generation }: GenerationRef): Promise<boolean> {
    try {
      return await inTransaction(this.#pool, async (send) => {
        const { drop } = this.#statements;
        const [, { rows }] = await Promise.all([
          send(SHORT_LOCK_TIMEOUT),
          send(withValues(drop, [projection, generation])),
        ]);
        return onlyRow(rows)['dropped'] === true;
      });
    } catch (error) {
      if (isLockTimeout(error)) return false;
      throw error;
    }
  }

  #run(
    statement: keyof ProjectionStatements,
    values: readonly unknown[],
  ): Promise<StatementResult> {
    return runAlone(this.#pool, withValues(this.#statements[statement], values));
  }
}
