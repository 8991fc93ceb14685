import type { Queryable, Transaction } from '#core/ports/transaction.ts';
import type { VolumeRequest } from '#core/ports/volume.ts';

/** A volume: one for an amphora. */
export interface LocalVolume {
  readonly id: string;
  readonly amphoraId: string;
  readonly sizeGib: number;
  readonly imageId: string;
  readonly zone: string | null;
  /** Null: its file system is still being made. */
  readonly madeAt: Date | null;
  /** The machine that boots from it. */
  readonly serverId: string | null;
}

const VOLUME = `select v.id, v.amphora_id as "amphoraId", v.size_gib as "sizeGib", v.image_id as "imageId", v.zone,
  v.made_at as "madeAt", (select s.id from local_cloud.server s where s.boot_volume_id = v.id limit 1) as "serverId"
  from local_cloud.volume v`;

export const volumes = {
  async find(db: Queryable, id: string): Promise<LocalVolume | null> {
    return (await db.query<LocalVolume>(`${VOLUME} where v.id = $1`, [id])).rows[0] ?? null;
  },

  async findByAmphora(db: Queryable, amphoraId: string): Promise<LocalVolume | null> {
    const found = await db.query<LocalVolume>(`${VOLUME} where v.amphora_id = $1`, [amphoraId]);
    return found.rows[0] ?? null;
  },

  /** @returns those of the amphorae that have a volume, in whatever cloud */
  async knownAmphorae(db: Queryable, amphoraIds: readonly string[]): Promise<readonly string[]> {
    const found = await db.query<{ id: string }>(
      'select amphora_id::text as id from local_cloud.volume where amphora_id::text = any($1)',
      [amphoraIds],
    );
    return found.rows.map(({ id }) => id);
  },

  async ofCloud(db: Queryable, cloud: string): Promise<readonly LocalVolume[]> {
    const text = `${VOLUME} where v.cloud = $1 order by v.created_at`;
    return (await db.query<LocalVolume>(text, [cloud])).rows;
  },

  /** @returns the volume of that amphora, whoever made it */
  async ensure(
    tx: Transaction,
    cloud: string,
    { amphoraId, sizeGib, zone }: VolumeRequest,
    imageId: string,
  ): Promise<LocalVolume> {
    await tx.query(
      `insert into local_cloud.volume (cloud, amphora_id, size_gib, image_id, zone)
       values ($1, $2, $3, $4, $5) on conflict do nothing`,
      [cloud, amphoraId, sizeGib, imageId, zone],
    );
    const volume = await volumes.findByAmphora(tx, amphoraId);
    if (volume === null) throw new Error(`the volume of amphora ${amphoraId} was just deleted`);
    return volume;
  },

  /** Until the transaction ends nobody else works on this volume. @returns null when it is gone */
  async lock(tx: Transaction, id: string): Promise<LocalVolume | null> {
    await tx.query('select from local_cloud.volume where id = $1 for update', [id]);
    return volumes.find(tx, id);
  },

  async markMade(tx: Transaction, id: string): Promise<void> {
    await tx.query('update local_cloud.volume set made_at = clock_timestamp() where id = $1', [id]);
  },

  async delete(tx: Transaction, id: string): Promise<void> {
    await tx.query('delete from local_cloud.volume where id = $1', [id]);
  },
};
