/** Projections and their generations. `$S` stands for the quoted schema. */
export const projections = `
-- One row for each projection. Whatever decides about the projection writes it; whoever moves a generation
-- on holds it by a share lock, which that waits for.
create table $S.projections (
  name text primary key,
  paused boolean not null default false,
  last_generation bigint not null default 0
);

create table $S.projection_generations (
  projection text not null references $S.projections,
  generation bigint not null,
  version bigint not null,
  mode text not null check (mode in ('async', 'inline')),
  state text not null check (state in ('building', 'active', 'retired')),
  -- The schema that holds its tables, and the one with the views by which they are read.
  place text not null unique,
  shown_in text,
  position bigint not null default 0,
  events bigint not null default 0,
  worked_ms bigint not null default 0,
  started_at timestamptz not null default clock_timestamp(),
  retired_at timestamptz,
  -- Under which lease somebody works on it.
  taken_by text,
  failed_position bigint,
  failed_message_id text,
  failed_type text,
  failed_reason text,
  failed_error text,
  failed_attempts bigint,
  blocked boolean not null default false,
  due_at timestamptz,
  requested_by text,
  requested_load bigint,
  requested_at timestamptz,
  primary key (projection, generation)
);
create unique index projection_generations_active on $S.projection_generations (projection)
  where state = 'active';

create table $S.projection_skips (
  projection text not null,
  generation bigint not null,
  message_id text not null,
  primary key (projection, generation, message_id),
  foreign key (projection, generation) references $S.projection_generations on delete cascade
);

-- Finds the position of a message by its sequence number.
create index log_runs_first_seq on $S.log_runs (first_seq);

-- Moves a generation on, where it is where its reader took it to be; raises otherwise, so that a COMMIT
-- that was sent already rolls back.
create function $S.advance_projection(
  a_projection text, a_generation bigint, a_from bigint, a_to bigint, a_events bigint,
  a_worked_ms bigint, a_lease text, a_owner text, a_epoch bigint
) returns text language plpgsql as $$
declare
  is_paused boolean;
  known record;
  why text;
begin
  select paused into is_paused from $S.projections where name = a_projection for share;
  select state, mode, position into known from $S.projection_generations
    where projection = a_projection and generation = a_generation for no key update;
  why := case
    when not exists (select from $S.leases where name = a_lease and owner = a_owner
      and epoch = a_epoch and expires_at > '-infinity') then 'fenced'
    when known.state is null or known.state = 'retired' then 'retired'
    when known.state = 'active' and known.mode = 'inline' then 'retired'
    when is_paused then 'paused'
    when known.position > a_from then 'behind'
    when known.position < a_from then 'elsewhere'
    when a_to >= (select next_position from $S.log_head) then 'ahead'
  end;
  if why is not null then
    raise exception '% %', why, a_projection using errcode = 'TD411';
  end if;
  update $S.projection_generations
    set position = a_to, events = events + a_events, worked_ms = worked_ms + a_worked_ms,
        failed_position = null, failed_message_id = null, failed_type = null, failed_reason = null,
        failed_error = null, failed_attempts = null, blocked = false, due_at = null
    where projection = a_projection and generation = a_generation;
  return pg_current_xact_id()::text;
end
$$;

-- Begins a generation, unless one is in its way, in a schema of its own that is named after a_place.
create function $S.begin_generation(
  a_projection text, a_version bigint, a_mode text, a_rebuild boolean, a_place text, out begun bigint
) language plpgsql as $$
declare
  new_place text;
begin
  insert into $S.projections (name) values (a_projection) on conflict (name) do nothing;
  select last_generation + 1 into begun from $S.projections where name = a_projection for update;
  if exists (
    select from $S.projection_generations
    where projection = a_projection and state <> 'retired' and
      case when state = 'building' or not a_rebuild then version >= a_version else version > a_version end
  ) then
    begun := null;
    return;
  end if;
  update $S.projections set last_generation = begun where name = a_projection;
  update $S.projection_generations set state = 'retired', retired_at = clock_timestamp()
    where projection = a_projection and state = 'building';
  new_place := a_place || '_g' || begun;
  insert into $S.projection_generations (projection, generation, version, mode, state, place)
    values (a_projection, begun, a_version, a_mode, 'building', new_place);
  execute format('create schema %I', new_place);
end
$$;

-- Until the end of the transaction, or until leave_generation, names without a schema are looked for in
-- the schema of the generation first, and made there.
create function $S.enter_generation(a_projection text, a_generation bigint)
returns void language plpgsql as $$
declare
  its_place text;
begin
  select place into its_place from $S.projection_generations
    where projection = a_projection and generation = a_generation;
  if its_place is null then
    raise exception 'retired %', a_projection using errcode = 'TD411';
  end if;
  perform set_config('tidings.search_path', current_setting('search_path'), true);
  perform set_config('search_path', quote_ident(its_place) || ', ' || current_setting('search_path'), true);
end
$$;

create function $S.leave_generation() returns void language sql as $$
  select set_config('search_path', current_setting('tidings.search_path'), true);
$$;

-- Lets readers see the tables and views of a generation by views of the same names in another schema, in
-- place of those of the generation before. A view whose columns do not allow that is made anew, with the
-- privileges that it had.
create function $S.show_generation(a_place text, a_before text, a_schema text)
returns void language plpgsql as $$
declare
  shown record;
  privilege record;
  granted jsonb;
begin
  for shown in
    select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = a_place and c.relkind in ('r', 'p', 'v', 'm') and not c.relispartition
    order by c.relname
  loop
    if to_regclass(format('%I.%I', a_schema, shown.name)) is not null
      and (a_before is null or to_regclass(format('%I.%I', a_before, shown.name)) is null) then
      raise exception 'the schema % has something else of the name %', a_schema, shown.name
        using errcode = 'duplicate_table';
    end if;
    begin
      execute format('create or replace view %I.%I as select * from %I.%I',
        a_schema, shown.name, a_place, shown.name);
    exception when invalid_table_definition then
      select coalesce(jsonb_agg(jsonb_build_object('role', r.rolname, 'privilege', a.privilege_type,
          'option', a.is_grantable)), '[]') into granted
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
        cross join lateral aclexplode(c.relacl) as a
        left join pg_roles r on r.oid = a.grantee
        where n.nspname = a_schema and c.relname = shown.name;
      execute format('drop view %I.%I', a_schema, shown.name);
      execute format('create view %I.%I as select * from %I.%I',
        a_schema, shown.name, a_place, shown.name);
      for privilege in
        select * from jsonb_to_recordset(granted) as p(role text, privilege text, option boolean)
      loop
        execute format('grant %s on %I.%I to %s %s', privilege.privilege, a_schema, shown.name,
          coalesce(quote_ident(privilege.role), 'public'),
          case when privilege.option then 'with grant option' else '' end);
      end loop;
    end;
  end loop;
  for shown in
    select b.relname as name from pg_class b join pg_namespace n on n.oid = b.relnamespace
    where n.nspname = a_before and b.relkind in ('r', 'p', 'v', 'm') and not exists (
      select from pg_class c join pg_namespace m on m.oid = c.relnamespace
      where m.nspname = a_place and c.relkind in ('r', 'p', 'v', 'm') and c.relname = b.relname)
  loop
    execute format('drop view if exists %I.%I', a_schema, shown.name);
  end loop;
end
$$;

-- Makes a generation what readers see, in place of the active one. Without a lease: one that this very
-- transaction began.
create function $S.activate_generation(
  a_projection text, a_generation bigint, a_position bigint, a_lease text, a_owner text, a_epoch bigint
) returns text language plpgsql as $$
declare
  known record;
  before record;
begin
  perform from $S.projections where name = a_projection for update;
  select * into known from $S.projection_generations
    where projection = a_projection and generation = a_generation;
  select * into before from $S.projection_generations
    where projection = a_projection and state = 'active';
  if a_lease is not null and not exists (select from $S.leases where name = a_lease
    and owner = a_owner and epoch = a_epoch and expires_at > '-infinity') then
    raise exception 'fenced %', a_projection using errcode = 'TD411';
  end if;
  if known.state is distinct from 'building' then
    raise exception 'retired %', a_projection using errcode = 'TD411';
  end if;
  if before.mode = 'async' and before.position > a_position then
    return 'behind';
  end if;
  update $S.projection_generations set state = 'retired', retired_at = clock_timestamp()
    where projection = a_projection and state = 'active';
  update $S.projection_generations
    set state = 'active', shown_in = current_schema(),
        failed_position = null, failed_message_id = null, failed_type = null, failed_reason = null,
        failed_error = null, failed_attempts = null, blocked = false, due_at = null
    where projection = a_projection and generation = a_generation;
  perform $S.show_generation(known.place, before.place, current_schema());
  return 'activated';
end
$$;

-- Forgets a retired generation, with its schema and whatever is in it.
create function $S.drop_generation(a_projection text, a_generation bigint)
returns boolean language plpgsql as $$
declare
  its_place text;
begin
  delete from $S.projection_generations
    where projection = a_projection and generation = a_generation and state = 'retired'
    returning place into its_place;
  if its_place is null then
    return false;
  end if;
  execute format('drop schema if exists %I cascade', its_place);
  return true;
end
$$;
`;
