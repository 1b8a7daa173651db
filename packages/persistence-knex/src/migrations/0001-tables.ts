/** The first tables. `$S` stands for the quoted schema. */
export const tables = `
create sequence $S.message_seq;

-- The log of all messages, kept as an archive. A transaction gets its id before its first number: the
-- horizon of missing numbers rests on that. CASE evaluates in order.
create table $S.messages (
  seq bigint primary key default (
    case when pg_current_xact_id() is not null then nextval('$S.message_seq') end
  ),
  id text not null unique,
  kind text not null,
  type text not null,
  source text not null,
  subject text,
  time text not null,
  dataversion bigint not null,
  aggregateversion bigint,
  correlationid text not null,
  causationid text,
  partitionkey text,
  traceparent text,
  intentid text,
  body text not null
);

-- Positions: from first_position on, up to the next run or the head, the message at position p is that
-- with the number first_seq + p - first_position.
create table $S.log_runs (
  first_position bigint primary key,
  first_seq bigint not null
);

create table $S.log_head (
  only_row boolean primary key default true check (only_row),
  high_seq bigint not null,
  next_position bigint not null,
  holes jsonb not null
);
insert into $S.log_head (high_seq, next_position, holes) values (0, 1, '[]');

create table $S.checkpoints (
  name text primary key,
  position bigint not null
);

create table $S.leases (
  name text primary key,
  owner text not null,
  epoch bigint not null,
  expires_at timestamptz not null
);

create table $S.inbox (
  subscription text not null,
  message_id text not null,
  fingerprint bigint not null,
  handled_at timestamptz not null default now(),
  primary key (subscription, message_id)
);
create index inbox_handled_at on $S.inbox (handled_at);

create table $S.intents (
  id text primary key,
  fingerprint text not null,
  result text,
  claimed_at timestamptz not null default now()
);
create index intents_claimed_at on $S.intents (claimed_at);

create table $S.held_keys (
  subscription text not null,
  key text not null,
  state text not null check (state in ('due', 'blocked')),
  due_at timestamptz not null,
  depth bigint not null,
  claim_token text,
  claimed_until timestamptz,
  primary key (subscription, key)
);
create index held_keys_due on $S.held_keys (subscription, due_at) where state = 'due';
create index held_keys_claim_token on $S.held_keys (claim_token) where claim_token is not null;

create table $S.held_deliveries (
  held_id bigint generated always as identity primary key,
  subscription text not null,
  key text not null,
  message_id text not null,
  fingerprint bigint not null,
  attempts bigint not null,
  error text,
  envelope text not null,
  unique (subscription, message_id)
);
create index held_deliveries_key on $S.held_deliveries (subscription, key, held_id);

create table $S.dead_letters (
  seq bigint generated always as identity primary key,
  id text not null unique,
  subscription text not null,
  key text,
  message_id text,
  type text,
  reason text not null,
  error text not null,
  attempts bigint not null,
  envelope text,
  bytes bytea,
  headers text,
  state text not null default 'dead' check (state in ('dead', 'replayed', 'discarded')),
  blocking boolean not null,
  parked_at timestamptz not null default clock_timestamp(),
  settled_at timestamptz
);
create index dead_letters_state_seq on $S.dead_letters (state, seq);

create table $S.documents (
  collection text not null,
  id text not null,
  version bigint not null,
  body jsonb not null,
  primary key (collection, id)
);

-- Raises where an aggregate did not have the version it was loaded with: a COMMIT that was sent
-- already then rolls back.
create function $S.require_version(changed bigint, what text) returns void language plpgsql as $$
begin
  if changed <> 1 then
    raise exception '%', what using errcode = 'TD409';
  end if;
end
$$;

create function $S.require_claim(changed bigint) returns void language plpgsql as $$
begin
  if changed <> 1 then
    raise exception 'the claim on the held delivery has gone' using errcode = 'TD410';
  end if;
end
$$;
`;
