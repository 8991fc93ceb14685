-- Machines of deleted amphorae that still report, and whose removal was asked for: once, whichever health managers hear
-- them, and again ever later if they go on.
create table zombie_removal (
  amphora_id uuid primary key references amphora on delete cascade,
  attempts integer not null default 1,
  next_attempt_at timestamptz not null
);
