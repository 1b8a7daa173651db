/** What a unit of work that applies a delivery begins with, in one statement. `$S` stands for the quoted schema. */
export const receiveFunction = `
-- Records a delivery in the inbox unless its key is held. Deliveries of one key are applied one at a time,
-- whichever processes they came to: the lock lasts to the end of the transaction. Every statement here sees
-- what was committed until it began, so also what happened while the lock, or a copy, was waited for.
create function $S.receive(
  a_subscription text, a_key text, a_message text, a_fingerprint bigint,
  out recorded boolean, out held boolean, out known bigint, out xid text
) language plpgsql as $$
begin
  recorded := false;
  held := exists (select from $S.held_keys where subscription = a_subscription and key = a_key);
  if not held then
    perform pg_advisory_xact_lock(hashtextextended(a_subscription || ' ' || a_key, 0));
    held := exists (select from $S.held_keys where subscription = a_subscription and key = a_key);
  end if;
  if not held then
    insert into $S.inbox (subscription, message_id, fingerprint)
    values (a_subscription, a_message, a_fingerprint)
    on conflict do nothing;
    recorded := found;
  end if;
  if not recorded then
    select fingerprint into known from $S.inbox
    where subscription = a_subscription and message_id = a_message;
  end if;
  xid := pg_current_xact_id();
end
$$;
`;
