import { isoText } from '../connection/columns.ts';
import type { Prepared, Schema } from '../connection/schema.ts';

export interface HeldStatements {
  readonly hold: Prepared;
  readonly claim: Prepared;
  readonly renew: Prepared;
  readonly release: Prepared;
  readonly list: Prepared;
  readonly waiting: Prepared;
}

const MS = "double precision * interval '1 millisecond'";

export function heldStatements(schema: Schema): HeldStatements {
  const s = schema.quoted;
  return {
    hold: schema.prepare('held-hold', hold(s)),
    claim: schema.prepare('held-claim', claim(s)),
    // held_keys_claim_token; locks the keys' rows.
    renew: schema.prepare(
      'held-renew',
      `update ${s}.held_keys set claimed_until = clock_timestamp() + $2::${MS}
       where claim_token = any($1::text[])`,
    ),
    release: schema.prepare('held-release', release(s)),
    // held_keys_due; locks nothing.
    list: schema.prepare(
      'held-list',
      `select subscription, key, state, depth,
              ${isoText('due_at')} as due
       from ${s}.held_keys
       where ($1::text is null or subscription = $1) and ($2::text is null or state = $2)
       order by due_at, subscription, key limit $3`,
    ),
    // held_keys_due; locks nothing. A claimed key is tried by somebody, until its claim expires.
    waiting: schema.prepare(
      'held-waiting',
      `select coalesce(sum(depth), 0) as count,
              extract(epoch from min(greatest(due_at, claimed_until)) - clock_timestamp())::double precision * 1000 as next
       from ${s}.held_keys where subscription = any($1::text[]) and state = 'due'`,
    ),
  };
}

/**
 * Holds a delivery, at the end of its key, which counts it: the count is on the key's row, so that
 * whoever empties the key at the same time sees it. Primary keys; locks the key's row.
 */
function hold(s: string): string {
  return `with known as (
      select coalesce(
        (select fingerprint from ${s}.inbox where subscription = $1 and message_id = $3),
        (select fingerprint from ${s}.held_deliveries where subscription = $1 and message_id = $3)
      ) as fingerprint
    ), key_row as (
      insert into ${s}.held_keys as k (subscription, key, state, due_at, depth)
      select $1, $2, 'due', clock_timestamp() + $5::${MS}, 1 from known where fingerprint is null
      on conflict (subscription, key) do update set depth = k.depth + 1
      returning 1
    ), held as (
      insert into ${s}.held_deliveries (subscription, key, message_id, fingerprint, attempts, error, envelope)
      select $1, $2, $3, $8::bigint, $4::bigint, $6, $7 from key_row
    )
    select fingerprint as known from known`;
}

/**
 * Claims the heads of due keys. held_keys_due and held_deliveries_key; locks the claimed keys' rows,
 * and passes over those that somebody else has locked.
 */
function claim(s: string): string {
  return `with due as (
      select subscription, key from ${s}.held_keys
      where subscription = any($1::text[]) and state = 'due' and due_at <= statement_timestamp()
        and (claimed_until is null or claimed_until <= clock_timestamp())
        and not exists (
          select from unnest($4::text[], $5::text[]) as except_for (subscription, key)
          where except_for.subscription = held_keys.subscription and except_for.key = held_keys.key
        )
      order by due_at limit $2 for update skip locked
    ), claimed as (
      update ${s}.held_keys k
      set claim_token = gen_random_uuid()::text, claimed_until = clock_timestamp() + $3::${MS}
      from due where k.subscription = due.subscription and k.key = due.key
      returning k.subscription, k.key, k.claim_token
    ), heads as (
      select c.*, (
        select min(d.held_id) from ${s}.held_deliveries d
        where d.subscription = c.subscription and d.key = c.key
      ) as held_id
      from claimed c
    )
    update ${s}.held_deliveries d set attempts = d.attempts + 1
    from heads h where d.held_id = h.held_id
    returning d.held_id::text as held_id, d.subscription, d.key, h.claim_token, d.attempts, d.envelope`;
}

/** Primary keys; locks the key's row and the delivery's. */
function release(s: string): string {
  return `with released as (
      update ${s}.held_keys
      set claim_token = null, claimed_until = null, due_at = clock_timestamp() + $5::${MS}
      where subscription = $2 and key = $3 and claim_token = $4
      returning 1
    )
    update ${s}.held_deliveries
    set error = coalesce($6, error), attempts = coalesce($7::bigint, attempts)
    where held_id = $1::bigint and exists (select from released)`;
}
