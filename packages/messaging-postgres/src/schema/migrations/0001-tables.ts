/** The first tables. `$S` stands for the quoted schema. */
export const tables = `
create sequence $S.delivery_seq;

create table $S.subscriptions (
  id int generated always as identity primary key,
  service text not null,
  name text not null,
  kind text not null check (kind in ('command', 'event')),
  unique (service, name)
);

create table $S.bindings (
  kind text not null,
  type text not null,
  subscription int not null references $S.subscriptions on delete cascade,
  primary key (kind, type, subscription)
);
-- A command is carried out by one service.
create unique index bindings_command on $S.bindings (type) where kind = 'command';

-- A number is taken under the lock of its subscription, so rows become visible in the order of their numbers.
-- No foreign key: it would cost a look-up for each row. Deleted rows are to be vacuumed soon, and quickly.
create table $S.deliveries (
  subscription int not null,
  partition smallint not null,
  seq bigint not null default nextval('$S.delivery_seq'),
  redelivered boolean not null,
  envelope text not null,
  reply_to text,
  expires_at timestamptz,
  primary key (subscription, partition, seq)
) with (
  autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0,
  toast.autovacuum_vacuum_scale_factor = 0, toast.autovacuum_vacuum_threshold = 5000,
  toast.autovacuum_vacuum_cost_delay = 0
);
create index deliveries_expiry on $S.deliveries (expires_at) where expires_at is not null;

-- Processes that consume. What one has is free when its row is deleted, not when it has expired.
create table $S.consumers (
  id text primary key,
  process text not null,
  expires_at timestamptz not null
) with (fillfactor = 50);

create table $S.members (
  subscription int not null references $S.subscriptions on delete cascade,
  consumer text not null references $S.consumers on delete cascade,
  primary key (subscription, consumer)
);

-- Up to read_to messages were given to the owner; up to settled_to none is left.
create table $S.partitions (
  subscription int not null references $S.subscriptions on delete cascade,
  partition smallint not null,
  owner text references $S.consumers on delete set null,
  read_to bigint not null default 0,
  settled_to bigint not null default 0,
  primary key (subscription, partition)
) with (fillfactor = 50);

-- Replies are for whoever waits for them now: they need not outlive a crash of the server.
create unlogged table $S.replies (
  request text primary key,
  recipient text not null,
  ok boolean not null,
  content text not null,
  expires_at timestamptz not null
);
create index replies_recipient on $S.replies (recipient);
create index replies_expiry on $S.replies (expires_at);
`;
