-- Changes that give an amphora's report another meaning: its load balancer is done with a change, or who speaks for it is
-- another. Health managers read them once a second and have those amphorae report in full. Rows are only added, so that
-- nobody waits for anybody; they are read by transaction, so that a transaction which commits late is not missed; swept
-- after an hour.
create table health_change (
  id bigint generated always as identity primary key,
  transaction_id xid8 not null default pg_current_xact_id(),
  load_balancer_id uuid,
  amphora_id uuid,
  changed_at timestamptz not null default now()
);
create index health_change_read on health_change (transaction_id);
create index health_change_swept on health_change (changed_at);

create function note_load_balancer_change() returns trigger language plpgsql as $$
begin
  insert into health_change (load_balancer_id) values (new.id);
  return null;
end $$;
create trigger health_change after update on load_balancer for each row
  when (new.provisioning_status in ('ACTIVE', 'ERROR')
    and (old.provisioning_status, old.is_enabled) is distinct from (new.provisioning_status, new.is_enabled))
  execute function note_load_balancer_change();

create function note_amphora_change() returns trigger language plpgsql as $$
begin
  insert into health_change (load_balancer_id, amphora_id) values (new.load_balancer_id, new.id);
  return null;
end $$;
create trigger health_change after update on amphora for each row
  when ((old.status, old.load_balancer_id) is distinct from (new.status, new.load_balancer_id))
  execute function note_amphora_change();

-- The last report of each amphora that was held against the database, by Redis' clock: an older one that comes late, by
-- another health manager, changes nothing. Its body is kept where other amphorae carry the same load balancer.
create table amphora_report (
  amphora_id uuid primary key references amphora on delete cascade,
  reported_at_ms bigint not null,
  body bytea
) with (fillfactor = 70);
