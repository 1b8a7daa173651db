import { BY_INDEX, WITHOUT_WAITING } from './settings.ts';

/** What consumers call. `$S` stands for the quoted schema. */
export const consuming: string = `
-- Says that a process is there, for as long as its lease lasts, and what it consumes. With a_reap what others
-- had whose lease has expired becomes free, and with a_alone what any other process had. Gives, of each
-- subscription, how many consume it and how many of them come before this one, which partitions this one has,
-- as bits, and how many nobody has. a_known is whether the lease was still there.
create function $S.beat(
  a_consumer text, a_process text, a_lease_ms double precision, a_reap boolean, a_alone boolean,
  a_subscriptions int[], out known boolean, out shares jsonb
) language plpgsql as $$
begin
  update $S.consumers set expires_at = clock_timestamp() + a_lease_ms * interval '1 millisecond'
  where id = a_consumer;
  known := found;
  if not known then
    insert into $S.consumers (id, process, expires_at)
    values (a_consumer, a_process, clock_timestamp() + a_lease_ms * interval '1 millisecond');
  end if;
  if a_alone then
    delete from $S.consumers where process <> a_process;
  end if;
  if a_reap then
    -- One that is renewed meanwhile is waited for, or passed over, and looked at again as it is then.
    delete from $S.consumers where id in (
      select id from $S.consumers where expires_at < clock_timestamp() for update skip locked
    );
  end if;
  delete from $S.members where consumer = a_consumer and subscription <> all(a_subscriptions);
  update $S.partitions set owner = null where owner = a_consumer and subscription <> all(a_subscriptions);
  insert into $S.members (subscription, consumer)
  select subscription, a_consumer from unnest(a_subscriptions) as subscription on conflict do nothing;
  shares := (
    select jsonb_agg(jsonb_build_array(m.subscription, m.members, m.before, p.owned, p.free))
    from (
      select subscription, count(*) as members, count(*) filter (where consumer < a_consumer) as before
      from $S.members where subscription = any(a_subscriptions) group by subscription
    ) m
    join (
      select subscription, count(*) filter (where owner is null) as free,
             coalesce(bit_or(1 << partition) filter (where owner = a_consumer), 0) as owned
      from $S.partitions where subscription = any(a_subscriptions) group by subscription
    ) p using (subscription)
  );
end
$$;

-- Takes up to so many partitions that nobody has.
create function $S.claim(a_consumer text, a_subscription int, a_count int)
returns table (partition smallint, read_to bigint, settled_to bigint) language sql as $$
  update $S.partitions set owner = a_consumer
  where subscription = a_subscription and partition in (
    select p.partition from $S.partitions p
    where p.subscription = a_subscription and p.owner is null
    order by p.partition limit a_count for update skip locked
  )
  returning partition, read_to, settled_to
$$;

-- Gives partitions up, each with how far its messages were begun and dealt with, where that is known.
create function $S.release(
  a_consumer text, a_subscription int, a_partitions smallint[], a_read bigint[], a_settled bigint[]
) returns void language sql as $$
  update $S.partitions p
  set owner = null, read_to = coalesce(r.read_to, p.read_to), settled_to = coalesce(r.settled_to, p.settled_to)
  from unnest(a_partitions, a_read, a_settled) as r (partition, read_to, settled_to)
  where p.subscription = a_subscription and p.partition = r.partition and p.owner = a_consumer
$$;

-- Gives up what a process has, all of it.
create function $S.leave(a_consumer text) returns void language sql as $$
  delete from $S.consumers where id = a_consumer
$$;

-- Gives up to so many messages of each partition that a_owner has, beyond those it was given before, and notes
-- how far that is. Of one partition no more than a_bytes, but at least one message. A request that has expired
-- comes without its envelope.
create function $S.read(
  a_owner text, a_bytes bigint,
  a_subscriptions int[], a_partitions smallint[], a_after bigint[], a_settled bigint[], a_rooms int[]
) returns table (
  subscription int, partition smallint, seq bigint, redelivered boolean, reply_to text, envelope text
) language plpgsql ${BY_INDEX} as $$
#variable_conflict use_column
begin
  ${WITHOUT_WAITING}
  return query
    with wanted as (
      select w.* from unnest(a_subscriptions, a_partitions, a_after, a_settled, a_rooms)
        as w (subscription, partition, after, settled, room)
      join $S.partitions p on p.subscription = w.subscription and p.partition = w.partition
      where p.owner = a_owner
    ), found as materialized (
      select w.subscription, w.partition, w.settled, d.*
      from wanted w cross join lateral (
        select f.*, sum(octet_length(f.envelope)) over (order by f.seq rows unbounded preceding)
                      - octet_length(f.envelope) as bytes_before
        from (
          select n.seq, n.redelivered, n.reply_to, n.expires_at, n.envelope from $S.deliveries n
          where n.subscription = w.subscription and n.partition = w.partition and n.seq > w.after
          order by n.seq limit w.room
        ) f
      ) d
      where d.bytes_before < a_bytes
    ), marked as (
      update $S.partitions p set read_to = greatest(p.read_to, l.last), settled_to = l.settled
      from (
        select f.subscription, f.partition, max(f.seq) as last, max(f.settled) as settled
        from found f group by f.subscription, f.partition
      ) l
      where p.subscription = l.subscription and p.partition = l.partition and p.owner = a_owner
    )
    select f.subscription, f.partition, f.seq, f.redelivered, f.reply_to,
           case when f.expires_at <= clock_timestamp() then null else f.envelope end
    from found f;
end
$$;

-- Deletes messages that were dealt with. Whoever had them may do that, also after their partition has moved on.
create function $S.settle(a_subscriptions int[], a_partitions smallint[], a_seqs bigint[])
returns void language plpgsql ${BY_INDEX} as $$
begin
  ${WITHOUT_WAITING}
  delete from $S.deliveries d
  using unnest(a_subscriptions, a_partitions, a_seqs) as s (subscription, partition, seq)
  where d.subscription = s.subscription and d.partition = s.partition and d.seq = s.seq;
end
$$;

-- Deletes some of the requests and replies that nobody waits for any more.
create function $S.clean(a_limit int) returns void language plpgsql ${BY_INDEX} as $$
begin
  ${WITHOUT_WAITING}
  delete from $S.deliveries d
  using (
    select subscription, partition, seq from $S.deliveries
    where expires_at < clock_timestamp() order by expires_at limit a_limit
  ) e
  where d.subscription = e.subscription and d.partition = e.partition and d.seq = e.seq;
  delete from $S.replies r
  using (select request from $S.replies where expires_at < clock_timestamp() order by expires_at limit a_limit) e
  where r.request = e.request;
end
$$;
`;
