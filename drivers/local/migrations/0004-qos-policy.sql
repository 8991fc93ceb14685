-- Bandwidth limits as a cloud declares them, and the ports that obey one. Of a policy that ports obey nobody takes the
-- row away: what they were promised would end in silence.
create table local_cloud.qos_policy (
  id uuid primary key,
  cloud text not null,
  name text not null,
  -- [{"direction": "egress" | "ingress", "maxKbps": …, "maxBurstKbps": …}], at most one a direction.
  rules jsonb not null,
  unique (cloud, name)
);

alter table local_cloud.port add column qos_policy_id uuid references local_cloud.qos_policy;
create index port_qos_policy on local_cloud.port (qos_policy_id) where qos_policy_id is not null;
