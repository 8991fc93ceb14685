import type { Network, Subnet } from '#core/ports/network.ts';
import type { Queryable, Transaction } from '#core/ports/transaction.ts';
import type { NamedNetwork } from './cloud-options.ts';
import { localNetworkId, localSubnetId } from './names.ts';

/** The kernel's own for bridges and veth pairs. */
const MTU = 1500;

const SUBNET = `select s.id, s.network_id as "networkId", s.cidr::text as cidr, family(s.cidr) as "ipVersion",
  host(s.gateway_ip) as "gatewayIp" from local_cloud.subnet s`;

export async function findNetwork(db: Queryable, id: string): Promise<Network | null> {
  const found = await db.query<Omit<Network, 'mtu'>>(
    `select n.id, n.name, array(
       select s.id::text from local_cloud.subnet s where s.network_id = n.id order by family(s.cidr), s.id) as "subnetIds"
     from local_cloud.network n where n.id = $1`,
    [id],
  );
  const network = found.rows[0];
  return network ? { ...network, mtu: MTU } : null;
}

export async function findSubnet(db: Queryable, id: string): Promise<Subnet | null> {
  return (await subnetsWhere(db, 's.id = $1', id))[0] ?? null;
}

/** Those of an IPv6 subnet are more than anybody counts: it says 2^30 less those in use. */
export async function countFreeAddresses(db: Queryable, subnetId: string): Promise<number> {
  const found = await db.query<{ free: number }>(
    `select (1 << least(30, case family(s.cidr) when 4 then 32 else 128 end - masklen(s.cidr))) - 2
       - (select count(*) from local_cloud.address a where a.subnet_id = s.id)::int as free
     from local_cloud.subnet s where s.id = $1`,
    [subnetId],
  );
  return Math.max(0, found.rows[0]?.free ?? 0);
}

export async function subnetsOf(db: Queryable, networkId: string): Promise<readonly Subnet[]> {
  return subnetsWhere(db, 's.network_id = $1', networkId);
}

/**
 * Writes a network and its subnets down; the first address of each becomes the host's. Again is nothing.
 * @throws Error when it exists with another range and ports in it: their addresses cannot follow
 */
export async function ensureNetwork(
  tx: Transaction,
  cloud: string,
  { name, ranges }: NamedNetwork,
): Promise<void> {
  const networkId = localNetworkId(cloud, name);
  await tx.query(
    'insert into local_cloud.network (id, cloud, name) values ($1, $2, $3) on conflict do nothing',
    [networkId, cloud, name],
  );
  await dropOtherRanges(tx, networkId, name, ranges);
  for (const { family, text } of ranges)
    await ensureSubnet(tx, localSubnetId(cloud, name, family), networkId, text);
}

async function ensureSubnet(
  tx: Transaction,
  id: string,
  networkId: string,
  cidr: string,
): Promise<void> {
  const made = await tx.query(
    `insert into local_cloud.subnet (id, network_id, cidr, gateway_ip, last_address)
     values ($1, $2, $3::cidr, host($3::cidr)::inet + 1, host($3::cidr)::inet + 1) on conflict do nothing`,
    [id, networkId, cidr],
  );
  if (made.rowCount === 1)
    await tx.query(
      'select local_cloud.take_address($1, null, gateway_ip) from local_cloud.subnet where id = $1',
      [id],
    );
}

async function dropOtherRanges(
  tx: Transaction,
  networkId: string,
  name: string,
  ranges: NamedNetwork['ranges'],
): Promise<void> {
  const others = await tx.query<{ id: string; cidr: string; isUsed: boolean }>(
    `select s.id, s.cidr::text as cidr, exists (
       select from local_cloud.address a where a.subnet_id = s.id and a.port_id is not null) as "isUsed"
     from local_cloud.subnet s where s.network_id = $1 and s.cidr <> all ($2::cidr[]) for update`,
    [networkId, ranges.map(({ text }) => text)],
  );
  const used = others.rows.find(({ isUsed }) => isUsed);
  if (used !== undefined)
    throw new Error(
      `[local_cloud] network ${name} was ${used.cidr} and has ports there, now it is to be ${ranges.map(({ text }) => text).join(' and ')}; delete its load balancers first, or set it back to ${used.cidr}`,
    );
  for (const { id } of others.rows)
    await tx.query('delete from local_cloud.subnet where id = $1', [id]);
}

async function subnetsWhere(db: Queryable, where: string, id: string): Promise<readonly Subnet[]> {
  const found = await db.query<Omit<Subnet, 'hostRoutes'>>(
    `${SUBNET} where ${where} order by family(s.cidr), s.id`,
    [id],
  );
  return found.rows.map((subnet) => ({ ...subnet, hostRoutes: [] }));
}
