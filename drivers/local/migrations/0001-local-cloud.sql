-- What Nova and Neutron would know: the machines, networks and addresses of one-box clouds. Several clouds may share a
-- database; each has its own prefix.
create schema local_cloud;

create table local_cloud.network (
  id uuid primary key,
  cloud text not null,
  name text not null,
  unique (cloud, name)
);

create table local_cloud.subnet (
  id uuid primary key,
  network_id uuid not null references local_cloud.network,
  cidr cidr not null,
  gateway_ip inet not null,
  -- The address handed out last. The next is looked for above it, so that an address rests before it is used again
  -- and no neighbour still knows it by another MAC.
  last_address inet not null
);

create table local_cloud.server (
  id uuid primary key default gen_random_uuid(),
  cloud text not null,
  amphora_id uuid not null unique,
  -- Null until its agent was started for the first time.
  started_at timestamptz,
  created_at timestamptz not null default now()
);

create table local_cloud.port (
  id uuid primary key default gen_random_uuid(),
  -- Names the veth pair: short enough for the kernel, and never given twice.
  number bigint generated always as identity unique,
  network_id uuid not null references local_cloud.network,
  name text not null,
  device_id text not null default '',
  -- A machine's own NIC on the LB network, which nobody may unplug.
  is_management boolean not null default false,
  -- The machine it is plugged into.
  server_id uuid references local_cloud.server on delete set null,
  created_at timestamptz not null default now(),
  unique (network_id, name)
);
create index port_device on local_cloud.port (device_id);
create index port_server on local_cloud.port (server_id);

create table local_cloud.address (
  subnet_id uuid not null references local_cloud.subnet on delete cascade,
  ip_address inet not null,
  -- Null: the host's own.
  port_id uuid references local_cloud.port on delete cascade,
  position integer not null default 0,
  primary key (subnet_id, ip_address)
);
create index address_port on local_cloud.address (port_id);

-- What may reach a VIP: the kernel forgets it at every start.
create table local_cloud.vip_filter (
  cloud text not null,
  address inet not null,
  load_balancer_id uuid not null,
  openings jsonb not null,
  primary key (cloud, address)
);
create index vip_filter_load_balancer on local_cloud.vip_filter (load_balancer_id);

-- Gives a port one address of a subnet: the wanted one, else the next free one. Exact under concurrency: the subnet's
-- row is locked before the addresses are looked at, and each statement in here sees what was committed before it.
-- Raises unique_violation for a taken address, numeric_value_out_of_range for one that is not in the subnet,
-- no_data_found for an unknown subnet, and program_limit_exceeded when none is left.
create function local_cloud.take_address(
  wanted_subnet uuid, owner uuid, wanted inet default null, place integer default 0
) returns inet language plpgsql as $$
declare
  net local_cloud.subnet;
  lowest inet;
  highest inet;
  free inet;
begin
  select * into net from local_cloud.subnet where id = wanted_subnet for update;
  if not found then
    raise exception 'subnet % does not exist', wanted_subnet using errcode = 'no_data_found';
  end if;
  lowest := host(network(net.cidr))::inet + 1;
  highest := host(broadcast(net.cidr))::inet - 1;
  if wanted is not null then
    if wanted < lowest or wanted > highest then
      raise exception 'IP address % is not a valid IP for subnet %', host(wanted), wanted_subnet
        using errcode = 'numeric_value_out_of_range';
    end if;
    free := wanted;
  else
    free := coalesce(
      local_cloud.free_address_above(wanted_subnet, net.last_address, highest),
      local_cloud.free_address_above(wanted_subnet, lowest - 1, highest));
    if free is null then
      raise exception 'no more IP addresses available on subnet %', wanted_subnet
        using errcode = 'program_limit_exceeded';
    end if;
    update local_cloud.subnet set last_address = free where id = wanted_subnet;
  end if;
  insert into local_cloud.address (subnet_id, ip_address, port_id, position)
    values (wanted_subnet, free, owner, place);
  return free;
end $$;

-- The lowest free address above a bound: the bound's successor, or that of an address in use.
create function local_cloud.free_address_above(in_subnet uuid, bound inet, highest inet)
returns inet language sql as $$
  select candidate from (
    select bound + 1 as candidate
    union all
    select ip_address + 1 from local_cloud.address where subnet_id = in_subnet and ip_address > bound
  ) candidates
  where candidate <= highest
    and not exists (
      select from local_cloud.address where subnet_id = in_subnet and ip_address = candidate)
  order by candidate limit 1
$$;
