import type { Inbox } from '@tidings/core';

import { text } from '../connection/columns.ts';
import { withValues, type Schema } from '../connection/schema.ts';
import { runAlone } from '../connection/send.ts';
import type { SessionPool } from '../connection/session.ts';
import { storableKey } from '../connection/storable-text.ts';
import { inboxStatements, type InboxStatements } from './inbox-statements.ts';

/** The inbox as others see it; units of work write it. */
export class KnexInbox implements Inbox {
  readonly #pool: SessionPool;
  readonly #statements: InboxStatements;

  constructor(pool: SessionPool, schema: Schema) {
    this.#pool = pool;
    this.#statements = inboxStatements(schema);
  }

  async applied(subscription: string, messageIds: readonly string[]): Promise<readonly string[]> {
    const asked = new Map(messageIds.map((id) => [storableKey(id), id]));
    const { rows } = await runAlone(
      this.#pool,
      withValues(this.#statements.applied, [subscription, [...asked.keys()]]),
    );
    return rows.map((row) => asked.get(text(row['message_id'])) ?? text(row['message_id']));
  }

  async clean(olderThanMs: number, limit: number): Promise<number> {
    const inbox = await runAlone(
      this.#pool,
      withValues(this.#statements.cleanInbox, [olderThanMs, limit]),
    );
    if (inbox.count >= limit) return inbox.count;
    const rest = limit - inbox.count;
    const intents = await runAlone(
      this.#pool,
      withValues(this.#statements.cleanIntents, [olderThanMs, rest]),
    );
    return inbox.count + intents.count;
  }
}
