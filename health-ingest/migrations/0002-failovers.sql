-- Whose failover was asked for and failed is tried again, whoever asked. The flow is noted so that one failure counts
-- once, whichever health managers see it.
alter table failover_attempt add column failed_flow_id text;

-- Health managers ask every second what has changed; without this they would read a million amphorae each time.
create index amphora_changed on amphora (coalesce(updated_at, created_at)) where load_balancer_id is not null;
create index amphora_in_error on amphora (id) where status = 'ERROR';
create index amphora_expected on amphora (id) where status in ('ALLOCATED', 'FAILOVER_STOPPED');
