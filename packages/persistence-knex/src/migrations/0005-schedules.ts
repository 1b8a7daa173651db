/** When each schedule is due next. `$S` stands for the quoted schema. */
export const schedules = `
create table $S.schedules (
  name text primary key,
  definition text not null,
  superseded jsonb not null default '[]',
  next_due timestamptz not null,
  last_fired timestamptz,
  paused boolean not null default false,
  resumed_at timestamptz,
  served_until timestamptz not null
);
`;
