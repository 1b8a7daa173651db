import type { HeldClaim, ReceivedDelivery, ReceiveResult } from '@tidings/core';

import { integer, onlyRow, text } from '../connection/columns.ts';
import { withValues, type Prepared, type Schema } from '../connection/schema.ts';
import type { Send } from '../connection/send.ts';
import type { StatementResult } from '../connection/session.ts';
import { storableKey } from '../connection/storable-text.ts';

export interface ReceiveStatements {
  readonly lockKey: Prepared;
  readonly fresh: Prepared;
  readonly claimed: Prepared;
  readonly settle: Prepared;
  readonly releaseKey: Prepared;
}

export function receiveStatements(schema: Schema): ReceiveStatements {
  const s = schema.quoted;
  return {
    // Deliveries of one key are applied one at a time, whichever processes they came to.
    lockKey: schema.prepare(
      'receive-lock-key',
      `select pg_advisory_xact_lock(hashtextextended($1 || ' ' || $2, 0))`,
    ),
    // Primary keys of inbox and held_keys; waits for a concurrent copy of the delivery to end.
    fresh: schema.prepare(
      'receive',
      `with held as (
         select 1 from ${s}.held_keys where subscription = $1 and key = $3
       ), recorded as (
         insert into ${s}.inbox (subscription, message_id)
         select $1, $2 where not exists (select from held)
         on conflict do nothing returning 1
       )
       select (select count(*) from recorded) as recorded,
              exists (select from held) as held,
              exists (select from ${s}.inbox where subscription = $1 and message_id = $2) as known,
              pg_current_xact_id()::text as xid`,
    ),
    // Primary key of held_keys, whose row stays locked to the end of the unit.
    claimed: schema.prepare(
      'receive-claimed',
      `with claimed as (
         select 1 from ${s}.held_keys
         where subscription = $1 and key = $3 and claim_token = $4 for update
       ), recorded as (
         insert into ${s}.inbox (subscription, message_id)
         select $1, $2 where exists (select from claimed)
         on conflict do nothing returning 1
       )
       select (select count(*) from claimed) as claimed,
              (select count(*) from recorded) as recorded,
              pg_current_xact_id()::text as xid`,
    ),
    // Primary keys; raises, and so undoes the unit, where the claim has gone.
    settle: schema.prepare(
      'held-settle',
      `with gone as (
         delete from ${s}.held_deliveries where held_id = $1::bigint returning 1
       ), advanced as (
         update ${s}.held_keys
         set depth = depth - (select count(*) from gone), state = 'due',
             due_at = clock_timestamp(), claim_token = null, claimed_until = null
         where subscription = $2 and key = $3 and claim_token = $4 returning 1
       )
       select ${s}.require_claim((select count(*) from advanced))`,
    ),
    // Primary key. The depth is on the row itself, so that a delivery held meanwhile is seen.
    releaseKey: schema.prepare(
      'held-release-key',
      `delete from ${s}.held_keys where subscription = $1 and key = $2 and depth <= 0`,
    ),
  };
}

/** Records the delivery in the inbox, as the first statement of its unit of work. */
export async function receive(
  send: Send,
  statements: ReceiveStatements,
  { subscription, messageId, key = messageId, claim }: ReceivedDelivery,
): Promise<{ readonly result: ReceiveResult; readonly xid: string }> {
  const stored = storableKey(claim?.key ?? key);
  const values = [subscription, storableKey(messageId), stored];
  const locked = send(withValues(statements.lockKey, [subscription, stored]));
  const [, { rows }] = await Promise.all([
    locked,
    send(
      claim === undefined
        ? withValues(statements.fresh, values)
        : withValues(statements.claimed, [...values, claim.token]),
    ),
  ]);
  const row = onlyRow(rows);
  return { result: resultOf(row, claim), xid: text(row['xid']) };
}

function resultOf(
  row: Readonly<Record<string, unknown>>,
  claim: HeldClaim | undefined,
): ReceiveResult {
  if (claim !== undefined && integer(row['claimed']) === 0) return 'lost';
  if (integer(row['recorded']) > 0) return 'first';
  return row['held'] === true && row['known'] !== true ? 'held' : 'duplicate';
}

/** Takes the held delivery off its key, which goes on with the next one or is held no longer. */
export function settleClaim(
  send: Send,
  statements: ReceiveStatements,
  { heldId, subscription, key, token }: HeldClaim,
): readonly Promise<StatementResult>[] {
  const stored = storableKey(key);
  return [
    send(withValues(statements.settle, [heldId, subscription, stored, token])),
    send(withValues(statements.releaseKey, [subscription, stored])),
  ];
}
