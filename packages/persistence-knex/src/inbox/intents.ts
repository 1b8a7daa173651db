import type { Intent, StoredOutcome } from '@tidings/core';

import { optionalText, text } from '../connection/columns.ts';
import { withValues, type Prepared, type Schema } from '../connection/schema.ts';
import type { Send } from '../connection/send.ts';
import type { StatementResult } from '../connection/session.ts';

export interface IntentStatements {
  readonly claim: Prepared;
  readonly read: Prepared;
  readonly store: Prepared;
}

export function intentStatements(schema: Schema): IntentStatements {
  const table = `${schema.quoted}.intents`;
  return {
    // Primary key; a concurrent unit with the same intent waits here until this one ends.
    claim: schema.prepare(
      'intent-claim',
      `insert into ${table} (id, fingerprint) values ($1, $2) on conflict do nothing returning id`,
    ),
    // Primary key; a later statement, so that it sees what the unit waited for has committed.
    read: schema.prepare('intent-read', `select fingerprint, result from ${table} where id = $1`),
    // Primary key; the row is this unit's own.
    store: schema.prepare('intent-store', `update ${table} set result = $2 where id = $1`),
  };
}

/** Claims an intent for the unit, or gives the outcome of the one that carried it out. */
export async function claimIntent(
  send: Send,
  statements: IntentStatements,
  { id, fingerprint }: Intent,
): Promise<StoredOutcome | undefined> {
  const claimed = await send(withValues(statements.claim, [id, fingerprint]));
  if (claimed.count > 0) return undefined;
  const { rows } = await send(withValues(statements.read, [id]));
  const result = optionalText(rows[0]?.['result']);
  return {
    fingerprint: text(rows[0]?.['fingerprint']),
    ...(result === undefined ? {} : { result }),
  };
}

/** Keeps the result of the intent that the unit claimed. */
export function storeOutcome(
  send: Send,
  statements: IntentStatements,
  { id }: Intent,
  result: string,
): Promise<StatementResult> {
  return send(withValues(statements.store, [id, result]));
}
