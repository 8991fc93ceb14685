-- What Cinder would know: the volumes that machines boot from, one for an amphora.
create table local_cloud.volume (
  id uuid primary key default gen_random_uuid(),
  cloud text not null,
  amphora_id uuid not null unique,
  size_gib integer not null check (size_gib > 0),
  image_id text not null,
  zone text,
  -- Null until its file system was made.
  made_at timestamptz,
  created_at timestamptz not null default now()
);

-- Only a volume that no machine boots from may go.
alter table local_cloud.server add column boot_volume_id uuid references local_cloud.volume;
create index server_boot_volume on local_cloud.server (boot_volume_id);
