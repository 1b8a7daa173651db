/** What makes subscriptions. `$S` stands for the quoted schema, `$N` for its name as text. */
export const declaring = `
-- Makes sure that these subscriptions of a service are there, as [{name, kind, types}]. A type that one had before
-- stays bound. Raises where another service carries out a command, with that service as the detail.
create function $S.declare(a_service text, a_subscriptions jsonb)
returns table (name text, id int) language plpgsql as $$
#variable_conflict use_column
declare
  one record;
  the_id int;
  the_type text;
  the_other text;
begin
  perform pg_advisory_xact_lock(hashtextextended('tidings.declare.' || $N, 0));
  for one in select * from jsonb_to_recordset(a_subscriptions) as s (name text, kind text, types text[]) loop
    insert into $S.subscriptions as s (service, name, kind) values (a_service, one.name, one.kind)
    on conflict (service, name) do update set kind = excluded.kind
    returning s.id into the_id;
    insert into $S.partitions (subscription, partition)
    select the_id, n from generate_series(0, 15) as n on conflict do nothing;
    if one.kind = 'command' then
      select b.type, s.service into the_type, the_other
      from $S.bindings b join $S.subscriptions s on s.id = b.subscription
      where b.kind = 'command' and b.type = any(one.types) and b.subscription <> the_id limit 1;
      if found then
        raise exception '%', the_type using errcode = 'TD430', detail = the_other;
      end if;
    end if;
    insert into $S.bindings (kind, type, subscription)
    select one.kind, t, the_id from unnest(one.types) as t on conflict do nothing;
    name := one.name;
    id := the_id;
    return next;
  end loop;
end
$$;
`;
