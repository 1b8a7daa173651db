/** Messages that wait for their time. `$S` stands for the quoted schema. */
export const scheduledMessages = `
-- The columns of a message, which comes into the log when it is due. The order is that of the index.
create table $S.scheduled_messages (
  seq bigint generated always as identity primary key,
  due_at timestamptz not null,
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
create index scheduled_messages_due on $S.scheduled_messages (due_at, seq);
`;
