import type { CreatePort, FixedIp, NetworkPort } from '#core/ports/network.ts';
import type { Queryable, Transaction } from '#core/ports/transaction.ts';
import { macAddressOf } from './names.ts';
import type { BandwidthLimit } from './qos-policy.ts';

/** A port with what only this cloud knows of it. */
export interface LocalPort extends NetworkPort {
  /** Names its veth pair. */
  readonly number: number;
  readonly isManagement: boolean;
  /** The machine it is plugged into. */
  readonly serverId: string | null;
  /** Those of its policy. */
  readonly qosRules: readonly BandwidthLimit[];
}

type PortRow = Omit<LocalPort, 'macAddress'>;

const PORT = `select p.id, p.number, p.name, p.network_id as "networkId", p.device_id as "deviceId",
  p.is_management as "isManagement", p.server_id as "serverId", p.qos_policy_id as "qosPolicyId",
  coalesce((select q.rules from local_cloud.qos_policy q where q.id = p.qos_policy_id), '[]') as "qosRules",
  coalesce((select json_agg(json_build_object('subnetId', a.subnet_id, 'ipAddress', host(a.ip_address))
    order by a.position) from local_cloud.address a where a.port_id = p.id), '[]') as "fixedIps"
  from local_cloud.port p`;

export type NewPort = Pick<
  CreatePort,
  'name' | 'networkId' | 'deviceId' | 'fixedIps' | 'qosPolicyId'
> & {
  readonly serverId?: string;
};

export const ports = {
  async find(db: Queryable, id: string): Promise<LocalPort | null> {
    return (await select(db, 'p.id = $1', [id]))[0] ?? null;
  },

  async findByName(db: Queryable, networkId: string, name: string): Promise<LocalPort | null> {
    return (await select(db, 'p.network_id = $1 and p.name = $2', [networkId, name]))[0] ?? null;
  },

  async ofDevice(db: Queryable, deviceId: string): Promise<readonly LocalPort[]> {
    return select(db, 'p.device_id = $1 and not p.is_management', [deviceId]);
  },

  /** Those that the controller made, told by their names; a tenant's are not ours to list. */
  async ofController(db: Queryable, cloud: string): Promise<readonly LocalPort[]> {
    const own = `p.name like 'octavia-lb-%' and not p.is_management
      and p.network_id in (select id from local_cloud.network where cloud = $1)`;
    return select(db, own, [cloud]);
  },

  async ofServer(db: Queryable, serverId: string): Promise<readonly LocalPort[]> {
    return select(db, 'p.server_id = $1', [serverId]);
  },

  /**
   * A second call with the name answers with the port of the first, whatever else it asks for.
   * @throws pg.DatabaseError as `local_cloud.take_address` raises it
   */
  async create(tx: Transaction, port: NewPort, isManagement = false): Promise<LocalPort> {
    const made = await tx.query<{ id: string }>(
      `insert into local_cloud.port (network_id, name, device_id, server_id, qos_policy_id, is_management)
       values ($1, $2, $3, $4, $5, $6) on conflict do nothing returning id`,
      [
        port.networkId,
        port.name,
        port.deviceId,
        port.serverId ?? null,
        port.qosPolicyId ?? null,
        isManagement,
      ],
    );
    const id = made.rows[0]?.id;
    if (id !== undefined) await takeAddresses(tx, id, port.fixedIps);
    const stored = await ports.findByName(tx, port.networkId, port.name);
    if (stored === null) throw new Error(`port ${port.name} was deleted while it was being made`);
    return stored;
  },

  /** @returns false when there is no such port */
  async setQosPolicy(tx: Transaction, id: string, policyId: string | null): Promise<boolean> {
    const set = await tx.query('update local_cloud.port set qos_policy_id = $2 where id = $1', [
      id,
      policyId,
    ]);
    return set.rowCount === 1;
  },

  async delete(tx: Transaction, id: string): Promise<void> {
    await tx.query('delete from local_cloud.port where id = $1', [id]);
  },

  async plugInto(tx: Transaction, id: string, serverId: string): Promise<void> {
    await tx.query(
      'update local_cloud.port set server_id = $2::uuid, device_id = $2::uuid::text where id = $1',
      [id, serverId],
    );
  },

  async unplug(tx: Transaction, id: string): Promise<void> {
    await tx.query(`update local_cloud.port set server_id = null, device_id = '' where id = $1`, [
      id,
    ]);
  },
};

async function takeAddresses(
  tx: Transaction,
  portId: string,
  fixedIps: readonly (Pick<FixedIp, 'subnetId'> & { readonly ipAddress?: string })[],
): Promise<void> {
  for (const [position, { subnetId, ipAddress }] of fixedIps.entries())
    await tx.query('select local_cloud.take_address($1, $2, $3, $4)', [
      subnetId,
      portId,
      ipAddress ?? null,
      position,
    ]);
}

async function select(
  db: Queryable,
  where: string,
  values: readonly unknown[],
): Promise<readonly LocalPort[]> {
  const found = await db.query<PortRow>(`${PORT} where ${where} order by p.number`, values);
  return found.rows.map((row) => ({
    ...row,
    macAddress: macAddressOf(row.id),
  }));
}
