import type { HeldClaim, ReceivedDelivery, ReceiveResult } from '@tidings/core';

import { integer, onlyRow, text } from '../connection/columns.ts';
import { withValues, type Prepared, type Schema } from '../connection/schema.ts';
import type { Send } from '../connection/send.ts';
import type { Row, StatementResult } from '../connection/session.ts';
import { storableKey } from '../connection/storable-text.ts';
import { isLockTimeout } from '../connection/store-error.ts';

/** The lock of a key, of the parameters subscription and key. */
const LOCK = `hashtextextended($1 || ' ' || $2, 0)`;

export interface ReceiveStatements {
  readonly lockClaimedKey: Prepared;
  readonly fresh: Prepared;
  readonly claimed: Prepared;
  readonly known: Prepared;
  readonly settle: Prepared;
  readonly releaseKey: Prepared;
}

export function receiveStatements(schema: Schema): ReceiveStatements {
  const s = schema.quoted;
  return {
    lockClaimedKey: schema.prepare('receive-lock-claimed', `select pg_advisory_xact_lock(${LOCK})`),
    // Primary keys of inbox and held_keys; waits for a concurrent delivery of the key to end.
    fresh: schema.prepare('receive', `select * from ${s}.receive($1, $2, $3, $4)`),
    // Primary key of held_keys. The lock on the key's row keeps others from claiming it to the end of
    // the unit, and lets them hold deliveries behind it and renew the claim.
    claimed: schema.prepare(
      'receive-claimed',
      `with claimed as (
         select 1 from ${s}.held_keys
         where subscription = $1 and key = $2 and claim_token = $5 for key share
       ), recorded as (
         insert into ${s}.inbox (subscription, message_id, fingerprint)
         select $1, $3, $4::bigint where exists (select from claimed)
         on conflict do nothing returning 1
       )
       select (select count(*) from claimed) as claimed,
              (select count(*) from recorded) as recorded,
              (select fingerprint from ${s}.inbox where subscription = $1 and message_id = $3) as known,
              pg_current_xact_id()::text as xid`,
    ),
    // Primary key; a later statement, so that it sees the copy that the unit waited for.
    known: schema.prepare(
      'receive-known',
      `select fingerprint from ${s}.inbox where subscription = $1 and message_id = $2`,
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
  { subscription, messageId, fingerprint, key = messageId, claim }: ReceivedDelivery,
): Promise<{ readonly result: ReceiveResult; readonly xid?: string }> {
  const storedKey = storableKey(claim?.key ?? key);
  const storedId = storableKey(messageId);
  const values = [subscription, storedKey, storedId, fingerprint];
  try {
    if (claim === undefined) {
      const fresh = onlyRow((await send(withValues(statements.fresh, values))).rows);
      return { result: resultOf(fresh, fingerprint), xid: text(fresh['xid']) };
    }
    const [, { rows }] = await Promise.all([
      send(withValues(statements.lockClaimedKey, [subscription, storedKey])),
      send(withValues(statements.claimed, [...values, claim.token])),
    ]);
    const row = onlyRow(rows);
    const result =
      resultOfClaimed(row) ??
      (await resultOfCopy(send, statements, row, [subscription, storedId], fingerprint));
    return { result, xid: text(row['xid']) };
  } catch (error) {
    if (isLockTimeout(error)) return { result: 'busy' };
    throw error;
  }
}

function resultOf(row: Row, fingerprint: number): ReceiveResult {
  if (row['recorded'] === true) return 'first';
  if (row['known'] !== null) {
    return integer(row['known']) === fingerprint ? 'duplicate' : 'conflict';
  }
  return row['held'] === true ? 'held' : 'busy';
}

/** What the row says, unless it is that the message's id is in the inbox already. */
function resultOfClaimed(row: Row): 'lost' | 'first' | undefined {
  if (integer(row['claimed']) === 0) return 'lost';
  return integer(row['recorded']) > 0 ? 'first' : undefined;
}

async function resultOfCopy(
  send: Send,
  statements: ReceiveStatements,
  row: Row,
  id: readonly string[],
  fingerprint: number,
): Promise<'duplicate' | 'conflict'> {
  // What the statement waited for was committed after it had begun, so it could not see it.
  const known =
    row['known'] ?? (await send(withValues(statements.known, id))).rows[0]?.['fingerprint'];
  return known === undefined || integer(known) === fingerprint ? 'duplicate' : 'conflict';
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
