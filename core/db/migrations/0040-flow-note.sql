-- What is known of a flow beside the engine's own record: that somebody wants it ended, and why its present step is
-- being tried again. There is a row only where there is something to say.

create table flow_note (
  flow_id text primary key,
  cancel_reason text,
  cancel_requested_at timestamptz,
  step text,
  attempts integer,
  last_error text,
  last_error_at timestamptz
);
