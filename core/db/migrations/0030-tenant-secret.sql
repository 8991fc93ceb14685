-- What tenants would keep in Barbican: certificates with their keys, CAs, revocation lists. Sealed by the driver: this
-- table alone tells nobody a key.
create table tenant_secret (
  id uuid primary key,
  project_id text not null,
  kind text not null check (kind in ('container', 'secret')),
  name text not null,
  sealed bytea not null,
  created_at timestamptz not null default now()
);
create index tenant_secret_project on tenant_secret (project_id, created_at, id);
