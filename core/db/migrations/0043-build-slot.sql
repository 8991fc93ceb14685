-- Machines that are being built, and those that wait for their turn, of all workers together. A row that nobody has
-- touched for long is as good as none: no crash can leak a slot.
create table build_slot (
  amphora_id uuid primary key,
  -- The compute service's id; null while it waits.
  compute_id text,
  is_building boolean not null default false,
  -- Replacements go before machines of new load balancers.
  is_replacement boolean not null,
  requested_at timestamptz not null default clock_timestamp(),
  touched_at timestamptz not null default clock_timestamp()
);
create index build_slot_compute on build_slot (compute_id);
