-- The last run of each task of housekeeping, whichever process it was.
create table housekeeping_task (
  task text primary key,
  outcome text not null,
  counts jsonb not null,
  error text,
  took_ms bigint not null,
  ended_at timestamptz not null,
  -- When it last went well.
  done_at timestamptz
);
