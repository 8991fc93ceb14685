-- What operators offer: flavors and availability zones, each a name for a profile that says what the provider shall do.

create table flavor_profile (
  id uuid primary key,
  name text not null,
  provider_name text not null,
  -- JSON text, kept as the operator wrote it.
  flavor_data text not null
);

create table flavor (
  id uuid primary key,
  name text not null unique,
  description text,
  is_enabled boolean not null,
  flavor_profile_id uuid not null references flavor_profile
);
create index flavor_of_profile on flavor (flavor_profile_id);

create table availability_zone_profile (
  id uuid primary key,
  name text not null,
  provider_name text not null,
  availability_zone_data text not null
);

create table availability_zone (
  name text primary key,
  description text,
  is_enabled boolean not null,
  availability_zone_profile_id uuid not null references availability_zone_profile
);
create index availability_zone_of_profile on availability_zone (availability_zone_profile_id);

-- Whether anyone still uses one is asked before it is deleted or its profile changed.
create index load_balancer_of_flavor on load_balancer (flavor_id) where flavor_id is not null;
create index load_balancer_of_availability_zone on load_balancer (availability_zone) where availability_zone is not null;
