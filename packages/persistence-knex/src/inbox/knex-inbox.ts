import type { Inbox } from '@tidings/core';

import { text } from '../connection/columns.ts';
import { withValues, type Prepared, type Schema } from '../connection/schema.ts';
import { runAlone } from '../connection/send.ts';
import type { SessionPool } from '../connection/session.ts';
import { storableKey } from '../connection/storable-text.ts';

/** The inbox as others see it; units of work write it. */
export class KnexInbox implements Inbox {
  readonly #pool: SessionPool;
  readonly #applied: Prepared;
  readonly #cleanInbox: Prepared;
  readonly #cleanIntents: Prepared;

  constructor(pool: SessionPool, schema: Schema) {
    const s = schema.quoted;
    this.#pool = pool;
    // Primary key.
    this.#applied = schema.prepare(
      'inbox-applied',
      `select message_id from ${s}.inbox where subscription = $1 and message_id = any($2::text[])`,
    );
    // inbox_handled_at; locks only the rows it deletes, and leaves those that somebody has locked.
    this.#cleanInbox = schema.prepare(
      'inbox-clean',
      `with old as (
         select subscription, message_id from ${s}.inbox
         where handled_at < clock_timestamp() - $1::double precision * interval '1 millisecond'
         order by handled_at limit $2 for update skip locked
       )
       delete from ${s}.inbox i using old
       where i.subscription = old.subscription and i.message_id = old.message_id`,
    );
    // intents_claimed_at; as above.
    this.#cleanIntents = schema.prepare(
      'intents-clean',
      `with old as (
         select id from ${s}.intents
         where claimed_at < clock_timestamp() - $1::double precision * interval '1 millisecond'
         order by claimed_at limit $2 for update skip locked
       )
       delete from ${s}.intents i using old where i.id = old.id`,
    );
  }

  async applied(subscription: string, messageIds: readonly string[]): Promise<readonly string[]> {
    const asked = new Map(messageIds.map((id) => [storableKey(id), id]));
    const { rows } = await runAlone(
      this.#pool,
      withValues(this.#applied, [subscription, [...asked.keys()]]),
    );
    return rows.map((row) => asked.get(text(row['message_id'])) ?? text(row['message_id']));
  }

  async clean(olderThanMs: number, limit: number): Promise<number> {
    const inbox = await runAlone(this.#pool, withValues(this.#cleanInbox, [olderThanMs, limit]));
    if (inbox.count >= limit) return inbox.count;
    const rest = limit - inbox.count;
    const intents = await runAlone(this.#pool, withValues(this.#cleanIntents, [olderThanMs, rest]));
    return inbox.count + intents.count;
  }
}
