import { InvalidOptionsError, pageSize } from '@tidings/core';
import type {
  Due,
  PendingPage,
  PendingQuery,
  ReleasedMessages,
  ScheduledMessage,
  ScheduledMessages,
} from '@tidings/core';

import { integer, onlyRow, text } from '../connection/columns.ts';
import { withValues, type Schema } from '../connection/schema.ts';
import { runAlone } from '../connection/send.ts';
import type { SessionPool, Statement } from '../connection/session.ts';
import { isStorable } from '../connection/storable-text.ts';
import { envelopeOf } from '../log/envelope-row.ts';
import { COLUMNS } from '../log/insert-messages.ts';
import { scheduledStatements, type ScheduledStatements } from './scheduled-statements.ts';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1000;

/** Messages that wait in the database for their time. */
export class KnexScheduledMessages implements ScheduledMessages {
  readonly #pool: SessionPool;
  readonly #statements: ScheduledStatements;

  constructor(pool: SessionPool, schema: Schema) {
    this.#pool = pool;
    this.#statements = scheduledStatements(schema);
  }

  /** One statement, which is a transaction of its own: whatever dies, all of it happened or nothing. */
  async release(limit: number): Promise<ReleasedMessages> {
    const { rows } = await runAlone(this.#pool, withValues(this.#statements.release, [limit]));
    const { count, known } = onlyRow(rows);
    return { count: integer(count), known: JSON.parse(text(known)) as readonly string[] };
  }

  async cancel(messageId: string): Promise<boolean> {
    const { count } = await runAlone(this.#pool, removalOf(this.#statements, [messageId]));
    return count > 0;
  }

  async reschedule(messageId: string, due: Due): Promise<boolean> {
    if (!isStorable(messageId)) return false;
    const { count } = await runAlone(
      this.#pool,
      withValues(this.#statements.reschedule, [messageId, ...valuesOf(due)]),
    );
    return count > 0;
  }

  async nextDueIn(): Promise<number | undefined> {
    const { rows } = await runAlone(this.#pool, withValues(this.#statements.next, []));
    return rows.length === 0 ? undefined : Number(onlyRow(rows)['next']);
  }

  async list(
    { type }: PendingQuery = {},
    { limit = DEFAULT_LIMIT, after }: { limit?: number; after?: string } = {},
  ): Promise<PendingPage> {
    const [microseconds, seq] = after === undefined ? [null, null] : cursorOf(after);
    const most = pageSize(limit, MAX_LIMIT);
    // One more than asked for tells whether there is a next page.
    const values = [type ?? null, microseconds, seq, most + 1];
    const [{ rows }, counted] = await Promise.all([
      runAlone(this.#pool, withValues(this.#statements.list, values)),
      runAlone(this.#pool, withValues(this.#statements.count, [type ?? null])),
    ]);
    const page = rows.slice(0, most);
    const last = page.at(-1);
    return {
      total: integer(onlyRow(counted.rows)['total']),
      messages: page.map((row) => ({ envelope: envelopeOf(row), dueAt: text(row['due']) })),
      ...(last !== undefined &&
        rows.length > most && { next: `${String(last['microseconds'])}:${String(last['seq'])}` }),
    };
  }
}

/** Stores messages with their due times, as part of somebody's transaction. */
export function schedulingOf(
  statements: ScheduledStatements,
  messages: readonly ScheduledMessage[],
): Statement {
  const dues = messages.map(({ due }) => valuesOf(due));
  return withValues(statements.insert, [
    ...COLUMNS.map(([name]) => messages.map(({ envelope }) => envelope[name] ?? null)),
    dues.map(([relative]) => relative),
    dues.map(([, milliseconds]) => milliseconds),
  ]);
}

/** Cancels scheduled messages, as part of somebody's transaction. */
export function removalOf(
  statements: ScheduledStatements,
  messageIds: readonly string[],
): Statement {
  // What Postgres cannot hold cannot wait in it.
  return withValues(statements.remove, [messageIds.filter(isStorable)]);
}

/** A due time as the statements take it. */
function valuesOf(due: Due): readonly [relative: boolean, milliseconds: number] {
  return 'at' in due ? [false, Date.parse(due.at)] : [true, due.inMs];
}

function cursorOf(after: string): readonly [microseconds: string, seq: string] {
  const [, microseconds, seq] = /^(\d{1,18}):(\d{1,18})$/.exec(after) ?? [];
  if (microseconds !== undefined && seq !== undefined) return [microseconds, seq];
  throw new InvalidOptionsError('the list of scheduled messages', [
    'after must be the `next` of a page',
  ]);
}
