import { isoText } from '../connection/columns.ts';
import type { Prepared, Schema } from '../connection/schema.ts';

export interface DeadLetterStatements {
  readonly lockClaim: Prepared;
  readonly record: Prepared;
  readonly recordClaimed: Prepared;
  readonly known: Prepared;
  readonly insert: Prepared;
  readonly block: Prepared;
  readonly blockFree: Prepared;
  readonly page: Prepared;
  readonly total: Prepared;
  /** The same for given reasons, by their index: whoever waits for some looks often. */
  readonly ofReasons: { readonly page: Prepared; readonly total: Prepared };
  readonly replay: Prepared;
  readonly forget: Prepared;
  readonly reopen: Prepared;
  readonly discard: Prepared;
  readonly unblock: Prepared;
}

/** Parameters $1 to $7 of whatever selects dead letters; null stands for any. */
const matches = (reasons: string): string => `($1::text[] is null or id = any($1::text[]))
  and ($2::text is null or subscription = $2)
  and ($3::text is null or type = $3)
  and ${reasons}
  and ($5::timestamptz is null or parked_at >= $5::timestamptz)
  and ($6::timestamptz is null or parked_at < $6::timestamptz)
  and state = $7`;
const MATCHES = matches('($4::text[] is null or reason = any($4::text[]))');
const MATCHES_REASONS = matches('reason = any($4::text[])');

const COLUMNS = `seq::text as seq, id, subscription, reason, error, attempts, envelope, bytes, headers,
  state, blocking, ${isoText('parked_at')} as parked`;

/** By the column: a bare `seq` would be the text in the output. */
const page = (letters: string, where: string): string =>
  `select ${COLUMNS} from ${letters} as letter where ${where} and seq > $8::bigint order by letter.seq limit $9`;

const total = (letters: string, where: string): string =>
  `select count(*) as total from ${letters} where ${where}`;

export function deadLetterStatements(schema: Schema): DeadLetterStatements {
  const s = schema.quoted;
  const letters = `${s}.dead_letters`;
  return {
    // Primary key; locks the key's row.
    lockClaim: schema.prepare(
      'dead-lock-claim',
      `select 1 from ${s}.held_keys where subscription = $1 and key = $2 and claim_token = $3 for update`,
    ),
    // Primary key, and the unique index of held deliveries; waits for a unit that applies the same delivery.
    record: schema.prepare(
      'dead-record',
      `insert into ${s}.inbox (subscription, message_id, fingerprint)
       select $1, $2, $3::bigint
       where not exists (select from ${s}.held_deliveries where subscription = $1 and message_id = $2)
       on conflict do nothing returning 1`,
    ),
    // Primary key; as above, for a delivery that is held, by this very claim.
    recordClaimed: schema.prepare(
      'dead-record-claimed',
      `insert into ${s}.inbox (subscription, message_id, fingerprint) values ($1, $2, $3)
       on conflict do nothing returning 1`,
    ),
    // Primary key, and the unique index of held deliveries.
    known: schema.prepare(
      'dead-known',
      `select coalesce(
         (select fingerprint from ${s}.inbox where subscription = $1 and message_id = $2),
         (select fingerprint from ${s}.held_deliveries where subscription = $1 and message_id = $2)
       ) as fingerprint`,
    ),
    insert: schema.prepare(
      'dead-insert',
      `insert into ${letters} (id, subscription, key, message_id, type, reason, error, attempts, envelope, bytes, headers, blocking)
       values ($1, $2, $3, $4, $5, $6, $7, $8::bigint, $9, $10, $11, $12)`,
    ),
    // Primary keys; locks the key's row. The dead letter may be another message than was held.
    block: schema.prepare(
      'dead-block',
      `with blocked as (
         update ${s}.held_keys set state = 'blocked', claim_token = null, claimed_until = null
         where subscription = $1 and key = $2 returning 1
       )
       update ${s}.held_deliveries set message_id = $4, fingerprint = $5::bigint, envelope = $6
       where held_id = $3::bigint and exists (select from blocked)`,
    ),
    // Primary keys; waits for whoever holds a delivery of the key at the same moment.
    blockFree: schema.prepare(
      'dead-block-free',
      `with key_row as (
         insert into ${s}.held_keys (subscription, key, state, due_at, depth)
         values ($1, $2, 'blocked', clock_timestamp(), 1)
         on conflict do nothing returning 1
       )
       insert into ${s}.held_deliveries (subscription, key, message_id, fingerprint, attempts, envelope)
       select $1, $2, $3, $4::bigint, $5::bigint, $6 from key_row returning 1`,
    ),
    // dead_letters_state_seq; locks nothing.
    page: schema.prepare('dead-page', page(letters, MATCHES)),
    total: schema.prepare('dead-total', total(letters, MATCHES)),
    // dead_letters_state_reason; locks nothing. Postgres plans it each time for its values, which is by far
    // the cheaper way where there are many others.
    ofReasons: {
      page: schema.prepare('dead-page-of-reasons', page(letters, MATCHES_REASONS)),
      total: schema.prepare('dead-total-of-reasons', total(letters, MATCHES_REASONS)),
    },
    // Unique index of the id; locks the row, so that of two replays at once one finds it dead.
    replay: schema.prepare(
      'dead-replay',
      `update ${letters} set state = 'replayed', settled_at = clock_timestamp()
       where id = $1 and state = 'dead' and envelope is not null
       returning subscription, key, message_id, envelope, blocking`,
    ),
    // Primary key.
    forget: schema.prepare(
      'dead-forget',
      `delete from ${s}.inbox where subscription = $1 and message_id = $2`,
    ),
    // Primary keys; locks the key's row. The delivery is the head of its key still.
    reopen: schema.prepare(
      'dead-reopen',
      `with opened as (
         update ${s}.held_keys set state = 'due', due_at = clock_timestamp()
         where subscription = $1 and key = $2 returning 1
       )
       update ${s}.held_deliveries
       set attempts = 0, error = null, message_id = $4, envelope = $5, fingerprint = $6::bigint
       where subscription = $1 and message_id = $3 and exists (select from opened)`,
    ),
    // dead_letters_state_seq; locks the rows it changes.
    discard: schema.prepare(
      'dead-discard',
      `update ${letters} set state = 'discarded', settled_at = clock_timestamp()
       where ${MATCHES} returning subscription, key, message_id, blocking`,
    ),
    // Primary keys; locks the key's row.
    unblock: schema.prepare(
      'dead-unblock',
      `with gone as (
         delete from ${s}.held_deliveries where subscription = $1 and message_id = $3 returning 1
       )
       update ${s}.held_keys
       set depth = depth - (select count(*) from gone), state = 'due', due_at = clock_timestamp()
       where subscription = $1 and key = $2`,
    ),
  };
}
