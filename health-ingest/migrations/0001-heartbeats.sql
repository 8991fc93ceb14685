-- Batches of statistics that are in listener_statistics: one delivered again is not added again. Swept after hours,
-- when the stream it came by can hold it no more.
create table statistics_batch (
  id text primary key,
  applied_at timestamptz not null default now()
);
create index statistics_batch_swept on statistics_batch (applied_at);

-- Failovers asked for, so that a failed one is tried again later and later, whichever health manager looks.
create table failover_attempt (
  amphora_id uuid primary key references amphora on delete cascade,
  attempts integer not null default 1,
  last_attempt_at timestamptz not null default now(),
  next_attempt_at timestamptz not null
);
