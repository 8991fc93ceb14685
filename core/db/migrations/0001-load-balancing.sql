-- The objects of the API and the amphorae that serve them. Names follow Octavia's glossary; one row holds what
-- Octavia spreads over side tables where nobody queries it apart (VIP, session persistence, tags, CIDRs).

create table load_balancer (
  id uuid primary key,
  project_id text not null,
  name text,
  description text,
  is_enabled boolean not null,
  provisioning_status text not null,
  operating_status text not null,
  topology text not null,
  provider text,
  flavor_id uuid,
  availability_zone text,
  vip_address text,
  vip_subnet_id uuid,
  vip_network_id uuid,
  vip_port_id uuid,
  vip_qos_policy_id uuid,
  vip_security_group_ids uuid[] not null default '{}',
  vip_vnic_type text not null default 'normal',
  vip_is_octavia_owned boolean not null default false,
  additional_vips jsonb not null default '[]',
  tags text[] not null default '{}',
  created_at timestamptz not null default date_trunc('second', clock_timestamp()),
  updated_at timestamptz
);
create index load_balancer_listed on load_balancer (project_id, created_at, id) where provisioning_status <> 'DELETED';
create index load_balancer_tags on load_balancer using gin (tags);
create index load_balancer_purgeable on load_balancer (updated_at) where provisioning_status = 'DELETED';

create table pool (
  id uuid primary key,
  project_id text not null,
  load_balancer_id uuid not null references load_balancer on delete cascade,
  name text,
  description text,
  is_enabled boolean not null,
  provisioning_status text not null,
  operating_status text not null,
  protocol text not null,
  lb_algorithm text not null,
  session_persistence jsonb,
  tls_enabled boolean not null default false,
  tls_container_ref text,
  ca_tls_container_ref text,
  crl_container_ref text,
  tls_ciphers text,
  tls_versions text[],
  alpn_protocols text[],
  tags text[] not null default '{}',
  created_at timestamptz not null default date_trunc('second', clock_timestamp()),
  updated_at timestamptz
);
create index pool_of_load_balancer on pool (load_balancer_id);
create index pool_listed on pool (project_id, created_at, id);

create table listener (
  id uuid primary key,
  project_id text not null,
  load_balancer_id uuid not null references load_balancer on delete cascade,
  name text,
  description text,
  is_enabled boolean not null,
  provisioning_status text not null,
  operating_status text not null,
  protocol text not null,
  -- TCP, UDP or SCTP: two listeners of a load balancer share a port only when their transports differ.
  transport text not null generated always as (case when protocol in ('UDP', 'SCTP') then protocol else 'TCP' end) stored,
  protocol_port integer not null,
  connection_limit integer,
  default_pool_id uuid references pool on delete set null,
  default_tls_container_ref text,
  sni_container_refs text[] not null default '{}',
  client_ca_tls_container_ref text,
  client_crl_container_ref text,
  client_authentication text not null default 'NONE',
  insert_headers jsonb not null default '{}',
  timeout_client_data_ms integer not null,
  timeout_member_connect_ms integer not null,
  timeout_member_data_ms integer not null,
  timeout_tcp_inspect_ms integer not null,
  allowed_cidrs text[] not null default '{}',
  tls_ciphers text,
  tls_versions text[],
  alpn_protocols text[],
  hsts_max_age_seconds integer,
  hsts_include_subdomains boolean not null default false,
  hsts_preload boolean not null default false,
  tags text[] not null default '{}',
  created_at timestamptz not null default date_trunc('second', clock_timestamp()),
  updated_at timestamptz,
  unique (load_balancer_id, transport, protocol_port)
);
create index listener_listed on listener (project_id, created_at, id);
create index listener_of_default_pool on listener (default_pool_id);

create table member (
  id uuid primary key,
  project_id text not null,
  pool_id uuid not null references pool on delete cascade,
  name text,
  is_enabled boolean not null,
  provisioning_status text not null,
  operating_status text not null,
  address text not null,
  protocol_port integer not null,
  weight integer,
  is_backup boolean not null default false,
  subnet_id uuid,
  monitor_address text,
  monitor_port integer,
  vnic_type text not null default 'normal',
  tags text[] not null default '{}',
  created_at timestamptz not null default date_trunc('second', clock_timestamp()),
  updated_at timestamptz,
  unique (pool_id, address, protocol_port)
);

create table health_monitor (
  id uuid primary key,
  project_id text not null,
  pool_id uuid not null unique references pool on delete cascade,
  name text,
  is_enabled boolean not null,
  provisioning_status text not null,
  operating_status text not null,
  type text not null,
  delay_seconds integer not null,
  timeout_seconds integer not null,
  max_retries integer not null,
  max_retries_down integer not null,
  http_method text,
  url_path text,
  expected_codes text,
  http_version double precision,
  domain_name text,
  tags text[] not null default '{}',
  created_at timestamptz not null default date_trunc('second', clock_timestamp()),
  updated_at timestamptz
);
create index health_monitor_listed on health_monitor (project_id, created_at, id);

create table amphora (
  id uuid primary key,
  load_balancer_id uuid references load_balancer on delete set null,
  status text not null,
  role text,
  compute_id text,
  lb_network_ip text,
  vrrp_ip text,
  vrrp_port_id uuid,
  ha_ip text,
  ha_port_id uuid,
  vrrp_interface text,
  vrrp_id integer,
  vrrp_priority integer,
  cert_expiration timestamptz,
  is_cert_busy boolean not null default false,
  cached_zone text,
  image_id text,
  compute_flavor text,
  created_at timestamptz not null default date_trunc('second', clock_timestamp()),
  updated_at timestamptz
);
create index amphora_of_load_balancer on amphora (load_balancer_id);
create index amphora_living on amphora (status) where status <> 'DELETED';

-- One row per listener and sender. No reference to either: statistics outlive the amphora they were counted on.
create table listener_statistics (
  listener_id uuid not null,
  amphora_id uuid not null,
  bytes_in bigint not null default 0 check (bytes_in >= 0),
  bytes_out bigint not null default 0 check (bytes_out >= 0),
  active_connections bigint not null default 0 check (active_connections >= 0),
  total_connections bigint not null default 0 check (total_connections >= 0),
  request_errors bigint not null default 0 check (request_errors >= 0),
  primary key (listener_id, amphora_id)
);
create index listener_statistics_of_amphora on listener_statistics (amphora_id);

create table quota (
  project_id text primary key,
  load_balancer_limit integer,
  listener_limit integer,
  pool_limit integer,
  member_limit integer,
  health_monitor_limit integer,
  load_balancer_in_use integer not null default 0 check (load_balancer_in_use >= 0),
  listener_in_use integer not null default 0 check (listener_in_use >= 0),
  pool_in_use integer not null default 0 check (pool_in_use >= 0),
  member_in_use integer not null default 0 check (member_in_use >= 0),
  health_monitor_in_use integer not null default 0 check (health_monitor_in_use >= 0)
);
