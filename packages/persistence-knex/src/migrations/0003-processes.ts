/** Running instances of processes. `$S` stands for the quoted schema. */
export const processes = `
create table $S.processes (
  process text not null,
  key text not null,
  instance_id text not null,
  version bigint not null,
  state jsonb not null,
  state_version bigint not null,
  timeouts jsonb not null,
  started_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  primary key (process, key)
);
`;
