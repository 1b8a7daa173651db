import { BY_INDEX, LOCK_TIMEOUT, WITHOUT_WAITING } from './settings.ts';

/** What publishers call. `$S` stands for the quoted schema, `$N` for its name as text. */
export const publishing: string = `
-- Holds back all other publishers of these subscriptions until the end of the transaction; in one order, so
-- that no two wait for each other.
create function $S.lock_subscriptions(a_ids int[]) returns void language plpgsql as $$
begin
  perform pg_advisory_xact_lock(hashtext('tidings.publish.' || $N), id) from unnest(a_ids) as id;
end
$$;

-- Writes one row for each message and each subscription of its type. Gives, of a subscription that got some,
-- their partitions as bits and whether a process other than a_consumer consumes it; and, of a command that
-- nobody takes, its place in the list. Lists of texts are separated by a character that JSON has escaped, and
-- that is in no type.
create function $S.publish(
  a_consumer text, a_lock_ms int, a_kinds text, a_types text, a_buckets int[], a_redelivered boolean[], a_envelopes text
) returns table (subscription int, partitions int, shared boolean, unroutable int)
language plpgsql ${BY_INDEX} as $$
#variable_conflict use_column
declare
  the_kinds constant text[] := string_to_array(a_kinds, E'\\x1e');
  the_types constant text[] := string_to_array(a_types, E'\\x1e');
  the_ids constant int[] := array(
    select distinct b.subscription
    from unnest(the_kinds, the_types) as m (kind, type)
    join $S.bindings b on b.kind = m.kind and b.type = m.type
    order by b.subscription
  );
begin
  ${LOCK_TIMEOUT}
  perform $S.lock_subscriptions(the_ids);
  return query
    with inserted as (
      insert into $S.deliveries as d (subscription, partition, redelivered, envelope)
      select b.subscription, m.bucket % 16, m.redelivered, m.envelope
      from unnest(the_kinds, the_types, a_buckets, a_redelivered, string_to_array(a_envelopes, E'\\x1e'))
        with ordinality as m (kind, type, bucket, redelivered, envelope, place)
      join $S.bindings b on b.kind = m.kind and b.type = m.type
      where b.subscription = any(the_ids)
      order by m.place
      returning d.subscription, d.partition
    )
    select i.subscription, bit_or(1 << i.partition), exists (
      select from $S.members c where c.subscription = i.subscription and c.consumer is distinct from a_consumer
    ), null::int
    from inserted i group by i.subscription;
  return query
    select null::int, null::int, null::boolean, m.place::int
    from unnest(the_kinds, the_types) with ordinality as m (kind, type, place)
    where m.kind = 'command' and not exists (
      select from $S.bindings b
      where b.kind = m.kind and b.type = m.type and b.subscription = any(the_ids)
    );
end
$$;

-- Writes a command whose sender waits for a reply, for no longer than it does; gives its row, or none where
-- nobody takes it.
create function $S.request(
  a_consumer text, a_lock_ms int, a_type text, a_bucket int, a_envelope text, a_reply_to text, a_timeout_ms double precision
) returns table (subscription int, partitions int, shared boolean, partition smallint, seq bigint)
language plpgsql ${BY_INDEX} as $$
#variable_conflict use_column
declare
  the_id constant int := (select b.subscription from $S.bindings b where b.kind = 'command' and b.type = a_type);
begin
  if the_id is null then
    return;
  end if;
  ${WITHOUT_WAITING}
  ${LOCK_TIMEOUT}
  perform $S.lock_subscriptions(array[the_id]);
  return query
    with inserted as (
      insert into $S.deliveries as d (subscription, partition, redelivered, envelope, reply_to, expires_at)
      values (
        the_id, a_bucket % 16, false, a_envelope, a_reply_to,
        clock_timestamp() + a_timeout_ms * interval '1 millisecond'
      )
      returning d.subscription, d.partition, d.seq
    )
    select i.subscription, 1 << i.partition, exists (
      select from $S.members c where c.subscription = i.subscription and c.consumer is distinct from a_consumer
    ), i.partition, i.seq
    from inserted i;
end
$$;

-- Tells whoever listens to a channel.
create function $S.tell(a_channel text, a_news text) returns void language plpgsql as $$
begin
  ${WITHOUT_WAITING}
  perform pg_notify(a_channel, a_news);
end
$$;

-- Keeps a reply for its recipient, and wakes him. Of two copies of a request the first reply counts.
create function $S.reply(a_request text, a_recipient text, a_ok boolean, a_content text)
returns void language plpgsql as $$
begin
  ${WITHOUT_WAITING}
  insert into $S.replies (request, recipient, ok, content, expires_at)
  values (a_request, a_recipient, a_ok, a_content, clock_timestamp() + interval '1 minute')
  on conflict (request) do nothing;
  perform pg_notify(a_recipient, '');
end
$$;

-- Takes the replies that came for a recipient.
create function $S.take_replies(a_recipient text)
returns table (request text, ok boolean, content text) language plpgsql ${BY_INDEX} as $$
#variable_conflict use_column
begin
  ${WITHOUT_WAITING}
  return query delete from $S.replies where recipient = a_recipient returning request, ok, content;
end
$$;
`;
