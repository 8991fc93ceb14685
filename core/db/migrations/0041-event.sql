-- Events: what happened to whom, written by the transaction in which it happened, so that there is an event if and only
-- if it did happen. Triggers write them, whoever changes a row: they exist while somebody wants events
-- (events_switch), and cost nothing otherwise. They are deferred to the end of the transaction, when the flow that the
-- API enqueues last is there to be named.

create table event (
  -- In the order in which transactions wrote them; of one object in the order of its changes.
  id bigint generated always as identity primary key,
  -- Given by the relay, without gaps, to what is visible: what consumers order and recognize events by.
  sequence bigint unique,
  type text not null,
  occurred_at timestamptz not null default clock_timestamp(),
  object_type text not null,
  object_id text not null,
  load_balancer_id uuid,
  project_id text,
  request_id text,
  flow text,
  flow_id text,
  field text,
  old_status text,
  new_status text,
  reason text
);
create index event_unnumbered on event (id) where sequence is null;
create index event_of_object on event (object_id, id);
create index event_purgeable on event (occurred_at);

-- One row: the last sequence given.
create table event_numbering (
  is_only boolean primary key default true check (is_only),
  last_sequence bigint not null
);
insert into event_numbering (last_sequence) values (0);

-- How far each consumer has been served.
create table event_sink (
  name text primary key,
  position bigint not null default 0,
  updated_at timestamptz
);

-- The operation that holds a load balancer; none in a database without an engine.
create function event_operation(load_balancer uuid, out request_id text, out flow text, out flow_id text)
language plpgsql as $$
begin
  if to_regclass('dbos.workflow_status') is null then return; end if;
  execute $sql$
    select given.inputs::jsonb -> 'positionalArgs' -> 1 ->> 'requestId', live.name, live.workflow_uuid
    from dbos.workflow_status live join dbos.workflow_input given using (workflow_uuid)
    where live.deduplication_id = $1 and live.queue_name in ('flows', 'failovers')
      and live.status in ('ENQUEUED', 'PENDING', 'DELAYED')
    limit 1 $sql$
  into request_id, flow, flow_id using load_balancer::text;
end $$;

-- Whose load balancer a row hangs below. When a cascade took the parent first, its own event of this transaction tells.
create function event_load_balancer(noun text, changed jsonb) returns uuid language sql as $$
  select case
    when noun = 'load_balancer' then (changed ->> 'id')::uuid
    when changed ? 'load_balancer_id' then (changed ->> 'load_balancer_id')::uuid
    else (
      select coalesce(
        (select load_balancer_id from pool where id = (changed ->> 'pool_id')::uuid),
        (select load_balancer_id from listener where id = (changed ->> 'listener_id')::uuid),
        (select l.load_balancer_id from l7_policy p join listener l on l.id = p.listener_id
         where p.id = (changed ->> 'l7_policy_id')::uuid),
        (select load_balancer_id from event where object_id = coalesce(
           changed ->> 'pool_id', changed ->> 'listener_id', changed ->> 'l7_policy_id')
         order by id desc limit 1)))
    end
$$;

-- argv: the columns that hold statuses.
create function note_statuses() returns trigger language plpgsql as $$
declare
  before jsonb := case when tg_op = 'INSERT' then '{}' else to_jsonb(old) end;
  after jsonb := case when tg_op = 'DELETE' then '{}' else to_jsonb(new) end;
  changed jsonb := case when tg_op = 'DELETE' then to_jsonb(old) else to_jsonb(new) end;
  holder uuid := event_load_balancer(tg_table_name, changed);
  operation record;
  project text := changed ->> 'project_id';
  status text;
begin
  if project is null then
    select project_id into project from load_balancer where id = holder;
  end if;
  foreach status in array tg_argv loop
    continue when before ->> status is not distinct from after ->> status;
    -- Purging tells nobody anything; what comes or goes is told of once, by its first column.
    exit when before ->> status = 'DELETED' or (tg_op <> 'UPDATE' and status <> tg_argv[0]);
    -- Operating statuses come from heartbeats, whatever operation is under way.
    select * into operation from event_operation(
      case when status <> 'operating_status' then holder end);
    insert into event (type, object_type, object_id, load_balancer_id, project_id, request_id, flow, flow_id, field,
      old_status, new_status)
    values ('octavia.' || replace(tg_table_name, '_', '') || '.status', tg_table_name, changed ->> 'id', holder,
      project, operation.request_id, operation.flow, operation.flow_id, status,
      before ->> status, coalesce(after ->> status, 'DELETED'));
  end loop;
  return null;
end $$;

-- load-balancer-create → octavia.loadbalancer.create; member-batch-update → octavia.member.batch.update
create function event_type(flow text) returns text language sql immutable as $$
  select 'octavia.' || replace(regexp_replace(flow,
    '^(load|health|l7)-(balancer|monitor|policy|rule)', '\1\2'), '-', '.')
$$;

create function note_operation() returns trigger language plpgsql as $$
declare
  input jsonb;
  request text;
  holder uuid;
begin
  select given.inputs::jsonb -> 'positionalArgs' -> 0,
    given.inputs::jsonb -> 'positionalArgs' -> 1 ->> 'requestId' into input, request
  from dbos.workflow_input given where given.workflow_uuid = new.workflow_uuid;
  holder := coalesce(input ->> 'loadBalancerId',
    (select load_balancer_id::text from amphora where id = (input ->> 'amphoraId')::uuid))::uuid;
  insert into event (type, object_type, object_id, load_balancer_id, project_id, request_id, flow, flow_id,
    old_status, new_status, reason)
  values (
    event_type(new.name) || case new.status when 'ENQUEUED' then '.start' when 'SUCCESS' then '.end' else '.error' end,
    'operation', new.workflow_uuid, holder,
    (select project_id from load_balancer where id = holder), request, new.name, new.workflow_uuid,
    case when tg_op = 'UPDATE' then old.status end, new.status,
    case when new.status not in ('ENQUEUED', 'SUCCESS') then coalesce(
      (select function_name || ': ' || (output::jsonb -> 'json' ->> 'reason') from dbos.operation_outputs
       where workflow_uuid = new.workflow_uuid and output::jsonb -> 'json' ->> 'kind' = 'failed'
       order by function_id limit 1), new.status) end);
  return null;
end $$;

-- Makes the triggers that are missing, or drops all. Takes locks only when there is something to do.
-- @return whether all there is to watch is watched
create function events_switch(is_on boolean) returns boolean language plpgsql as $$
declare
  noun text;
  columns text[];
  has_engine boolean := to_regclass('dbos.workflow_status') is not null;
begin
  foreach noun in array array['load_balancer', 'listener', 'pool', 'member', 'health_monitor', 'l7_policy', 'l7_rule',
    'amphora'] loop
    columns := case noun when 'amphora' then array['status'] else array['provisioning_status', 'operating_status'] end;
    if is_on = exists (select from pg_trigger where tgname = 'event_on_update' and tgrelid = noun::regclass) then
      continue;
    elsif not is_on then
      execute format('drop trigger event_on_update on %I', noun);
      execute format('drop trigger event_on_other on %I', noun);
      continue;
    end if;
    execute format('create constraint trigger event_on_update after update on %I deferrable initially deferred
      for each row when (%s) execute function note_statuses(%s)', noun,
      (select string_agg(format('old.%I is distinct from new.%I', name, name), ' or ') from unnest(columns) name),
      (select string_agg(quote_literal(name), ', ') from unnest(columns) name));
    execute format('create constraint trigger event_on_other after insert or delete on %I deferrable initially deferred
      for each row execute function note_statuses(%s)', noun,
      (select string_agg(quote_literal(name), ', ') from unnest(columns) name));
  end loop;
  if not has_engine then return not is_on; end if;
  if is_on = exists (select from pg_trigger where tgname = 'event_on_end' and tgrelid = 'dbos.workflow_status'::regclass)
  then return true; end if;
  if not is_on then
    drop trigger event_on_end on dbos.workflow_status;
    drop trigger event_on_start on dbos.workflow_status;
    return true;
  end if;
  create constraint trigger event_on_start after insert on dbos.workflow_status deferrable initially deferred
    for each row when (new.status = 'ENQUEUED' and new.application_name = 'octavia') execute function note_operation();
  create constraint trigger event_on_end after update on dbos.workflow_status deferrable initially deferred
    for each row when (old.status is distinct from new.status and new.application_name = 'octavia'
      and new.status in ('SUCCESS', 'ERROR', 'CANCELLED', 'MAX_RECOVERY_ATTEMPTS_EXCEEDED'))
    execute function note_operation();
  return true;
end $$;
