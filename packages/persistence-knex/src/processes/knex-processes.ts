import {
  InvalidOptionsError,
  pageSize,
  type ListedProcess,
  type Processes,
  type ProcessPage,
  type ProcessQuery,
} from '@tidings/core';

import { isoText, text } from '../connection/columns.ts';
import { withValues, type Prepared, type Schema } from '../connection/schema.ts';
import { runAlone } from '../connection/send.ts';
import type { Row, SessionPool } from '../connection/session.ts';
import { instanceOf } from './process-row.ts';
import { INSTANCE } from './process-statements.ts';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 500;

/** Running instances of processes as others see them; units of work write them. */
export class KnexProcesses implements Processes {
  readonly #pool: SessionPool;
  readonly #list: Prepared;

  constructor(pool: SessionPool, schema: Schema) {
    this.#pool = pool;
    // Primary key, in its order, and for each open timeout the unique index of the id; locks nothing.
    this.#list = schema.prepare(
      'processes-list',
      `select ${INSTANCE}, ${isoText('started_at')} as started, ${isoText('updated_at')} as updated,
              coalesce((
                select jsonb_object_agg(open.key, ${isoText('s.due_at')})
                from jsonb_each_text(p.timeouts) as open
                join ${schema.quoted}.scheduled_messages s on s.id = open.value
              ), '{}')::text as timeouts_due
       from ${schema.quoted}.processes p
       where ($1::text is null or process = $1) and ($2::text is null or key = $2)
         and ($3::text is null or (process, key) > ($3, $4))
       order by process, key limit $5`,
    );
  }

  async list(
    { process, key }: ProcessQuery = {},
    { limit = DEFAULT_LIMIT, after }: { limit?: number; after?: string } = {},
  ): Promise<ProcessPage> {
    const size = pageSize(limit, MAX_LIMIT);
    const place = after === undefined ? [null, null] : placeOf(after);
    const values = [process ?? null, key ?? null, ...place, size + 1];
    const { rows } = await runAlone(this.#pool, withValues(this.#list, values));
    const instances = rows.slice(0, size).map(listedOf);
    const last = instances.at(-1);
    return {
      instances,
      ...(rows.length > size && last !== undefined
        ? { next: JSON.stringify([last.process, last.key]) }
        : {}),
    };
  }
}

function listedOf(row: Row): ListedProcess {
  return {
    ...instanceOf(row),
    startedAt: text(row['started']),
    updatedAt: text(row['updated']),
    timeoutsDueAt: JSON.parse(text(row['timeouts_due'])) as Record<string, string>,
  };
}

function placeOf(after: string): readonly [process: string, key: string] {
  const place = parsed(after);
  if (Array.isArray(place) && place.length === 2 && place.every((part) => typeof part === 'string'))
    return place as [string, string];
  throw new InvalidOptionsError('list', ['"after" must be what the page before gave as "next"']);
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
