import type { MachineSpec } from '#core/domain/machine-spec.ts';
import type { Queryable, Transaction } from '#core/ports/transaction.ts';

/** A machine: one for an amphora. */
export interface Server {
  readonly id: string;
  readonly amphoraId: string;
  /** Null: still being built. */
  readonly startedAt: Date | null;
  readonly lbNetworkIp: string | null;
  readonly computeFlavor: string | null;
  readonly imageId: string | null;
  readonly bootVolumeId: string | null;
  readonly zone: string | null;
}

const SERVER = `select s.id, s.amphora_id as "amphoraId", s.started_at as "startedAt",
  s.compute_flavor as "computeFlavor", s.image_id as "imageId", s.boot_volume_id as "bootVolumeId", s.zone, (
    select host(a.ip_address) from local_cloud.port p join local_cloud.address a on a.port_id = p.id
    where p.server_id = s.id and p.is_management limit 1) as "lbNetworkIp"
  from local_cloud.server s`;

export const servers = {
  async find(db: Queryable, id: string): Promise<Server | null> {
    return one(db, `${SERVER} where s.id = $1`, [id]);
  },

  async findByAmphora(db: Queryable, amphoraId: string): Promise<Server | null> {
    return one(db, `${SERVER} where s.amphora_id = $1`, [amphoraId]);
  },

  /** @returns those of the amphorae that have a machine, in whatever cloud */
  async knownAmphorae(db: Queryable, amphoraIds: readonly string[]): Promise<readonly string[]> {
    const found = await db.query<{ id: string }>(
      'select amphora_id::text as id from local_cloud.server where amphora_id::text = any($1)',
      [amphoraIds],
    );
    return found.rows.map(({ id }) => id);
  },

  async ofCloud(db: Queryable, cloud: string): Promise<readonly Server[]> {
    return (await db.query<Server>(`${SERVER} where s.cloud = $1 order by s.created_at`, [cloud]))
      .rows;
  },

  /** @returns the machine of that amphora, whoever made it */
  async ensure(
    tx: Transaction,
    cloud: string,
    amphoraId: string,
    { computeFlavor, imageId, bootVolumeId, zone }: MachineSpec,
  ): Promise<Server> {
    await tx.query(
      `insert into local_cloud.server (cloud, amphora_id, compute_flavor, image_id, boot_volume_id, zone)
       values ($1, $2, $3, $4, $5, $6) on conflict do nothing`,
      [cloud, amphoraId, computeFlavor, imageId, bootVolumeId, zone],
    );
    const server = await servers.findByAmphora(tx, amphoraId);
    if (server === null) throw new Error(`the machine of amphora ${amphoraId} was just deleted`);
    return server;
  },

  /** Until the transaction ends nobody else works on this machine. @returns null when it is gone */
  async lock(tx: Transaction, id: string): Promise<Server | null> {
    await tx.query('select from local_cloud.server where id = $1 for update', [id]);
    return servers.find(tx, id);
  },

  /** Takes the lock of a machine whose builder died on the way. @returns null while somebody builds it, or it is done */
  async lockAbandoned(tx: Transaction, id: string): Promise<Server | null> {
    const found = await tx.query(
      'select from local_cloud.server where id = $1 and started_at is null for update skip locked',
      [id],
    );
    return found.rowCount === 1 ? servers.find(tx, id) : null;
  },

  async markStarted(tx: Transaction, id: string): Promise<void> {
    await tx.query('update local_cloud.server set started_at = clock_timestamp() where id = $1', [
      id,
    ]);
  },

  async delete(tx: Transaction, id: string): Promise<void> {
    await tx.query('delete from local_cloud.port where server_id = $1 and is_management', [id]);
    await tx.query(`update local_cloud.port set device_id = '' where server_id = $1`, [id]);
    await tx.query('delete from local_cloud.server where id = $1', [id]);
  },
};

async function one(
  db: Queryable,
  text: string,
  values: readonly unknown[],
): Promise<Server | null> {
  return (await db.query<Server>(text, values)).rows[0] ?? null;
}
