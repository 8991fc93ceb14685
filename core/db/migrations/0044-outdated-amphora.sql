-- Amphorae that missed a change which the other of their pair took: they are to be told all of it again. Of those that
-- were replaced meanwhile nobody asks any more; they go with the amphora's row.
create table outdated_amphora (
  amphora_id uuid primary key references amphora on delete cascade,
  since timestamptz not null default now(),
  attempts integer not null default 0,
  next_attempt_at timestamptz not null default now()
);
