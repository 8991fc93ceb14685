-- L7 policies and rules. A listener's policies stand at the positions 1..n without a gap; the constraint is looked at
-- when the transaction ends, so that several can change places in it.

create table l7_policy (
  id uuid primary key,
  project_id text not null,
  listener_id uuid not null references listener on delete cascade,
  name text,
  description text,
  is_enabled boolean not null,
  provisioning_status text not null,
  operating_status text not null,
  action text not null,
  redirect_pool_id uuid references pool on delete set null,
  redirect_url text,
  redirect_prefix text,
  redirect_http_code integer,
  position integer not null check (position > 0),
  tags text[] not null default '{}',
  created_at timestamptz not null default date_trunc('second', clock_timestamp()),
  updated_at timestamptz,
  unique (listener_id, position) deferrable initially deferred
);
create index l7_policy_listed on l7_policy (project_id, created_at, id);
create index l7_policy_of_redirect_pool on l7_policy (redirect_pool_id);

create table l7_rule (
  id uuid primary key,
  project_id text not null,
  l7_policy_id uuid not null references l7_policy on delete cascade,
  is_enabled boolean not null,
  provisioning_status text not null,
  operating_status text not null,
  type text not null,
  compare_type text not null,
  key text,
  value text not null,
  is_inverted boolean not null default false,
  tags text[] not null default '{}',
  created_at timestamptz not null default date_trunc('second', clock_timestamp()),
  updated_at timestamptz
);
create index l7_rule_of_policy on l7_rule (l7_policy_id, created_at, id);
create index l7_rule_of_project on l7_rule (project_id);

alter table quota
  add column l7_policy_limit integer,
  add column l7_rule_limit integer,
  add column l7_policy_in_use integer not null default 0 check (l7_policy_in_use >= 0),
  add column l7_rule_in_use integer not null default 0 check (l7_rule_in_use >= 0);
