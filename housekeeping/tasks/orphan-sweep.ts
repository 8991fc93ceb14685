import type { Database } from '#core/db/pool.ts';
import type { ComputeDriver } from '#core/ports/compute.ts';
import type { Logger } from '#core/ports/logger.ts';
import type { NetworkDriver } from '#core/ports/network.ts';
import type { VolumeDriver } from '#core/ports/volume.ts';
import type { Counts } from '../task-record.ts';

export interface OrphanSweepOptions {
  readonly database: Database;
  readonly compute: Pick<ComputeDriver, 'list' | 'delete'>;
  readonly volume: Pick<VolumeDriver, 'list' | 'delete'>;
  readonly network: Pick<NetworkDriver, 'listOwnPorts' | 'deletePort'>;
  /** Otherwise they are only reported. */
  readonly isRemoved: boolean;
  readonly logger: Logger;
}

/** What the cloud has and nobody owns. */
interface Orphan {
  readonly kind: 'machine' | 'volume' | 'port';
  readonly id: string;
  /** By its id or its name it was made for this amphora or load balancer. */
  readonly owner: string;
  readonly fields: Readonly<Record<string, string>>;
}

// Bounds the harm of a mistake, and of a database that was restored from an old copy.
const REMOVED_MAX = 20;
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/;

/** Of these ids those that name an amphora, a load balancer, or one on its way, that is not deleted. */
const OWNED = `
  select id::text from amphora where id = any ($1::uuid[]) and status <> 'DELETED'
  union select id::text from load_balancer where id = any ($1::uuid[]) and provisioning_status <> 'DELETED'
  union select load_balancer_id::text from vip_intent where load_balancer_id = any ($1::uuid[])`;

/**
 * Looks for machines, volumes and ports that flows made for what is gone by now. Rows are written before what they stand for is
 * made and marked as deleted after it went, so what has no row is nobody's; still it must be found by two looks in
 * a row, by the same process, before it is removed.
 * @returns the task
 */
export function orphanSweep(options: OrphanSweepOptions): (signal: AbortSignal) => Promise<Counts> {
  let suspects: ReadonlySet<string> = new Set();
  return async (signal) => {
    const orphans = await findOrphans(options);
    const known = orphans.filter(({ id }) => suspects.has(id));
    suspects = new Set(orphans.map(({ id }) => id));
    for (const { kind, fields } of orphans)
      options.logger.warn({ ...fields, is_removed: options.isRemoved }, `${kind} without an owner`);
    const gone = options.isRemoved ? await removeAll(known, options, signal) : NOTHING_REMOVED;
    const count = (kind: Orphan['kind']): number =>
      orphans.filter((orphan) => orphan.kind === kind).length;
    return {
      machines: count('machine'),
      volumes: count('volume'),
      ports: count('port'),
      ...gone,
    };
  };
}

const NOTHING_REMOVED = { removed: 0, failed: 0 };

async function findOrphans(options: OrphanSweepOptions): Promise<readonly Orphan[]> {
  const made = (
    await Promise.all([machinesOf, volumesOf, portsOf].map((of) => of(options)))
  ).flat();
  const owners = made.map(({ owner }) => owner);
  const owned = await options.database.query<{ id: string }>(OWNED, [owners]);
  const known = new Set(owned.rows.map((row) => row.id));
  return made.filter(({ owner }) => !known.has(owner));
}

async function machinesOf({ compute }: OrphanSweepOptions): Promise<readonly Orphan[]> {
  return (await compute.list()).map(({ computeId, amphoraId }) => ({
    kind: 'machine',
    id: computeId,
    owner: amphoraId,
    fields: { compute_id: computeId, amphora_id: amphoraId },
  }));
}

async function volumesOf({ volume }: OrphanSweepOptions): Promise<readonly Orphan[]> {
  return (await volume.list()).map(({ volumeId, amphoraId }) => ({
    kind: 'volume',
    id: volumeId,
    owner: amphoraId,
    fields: { volume_id: volumeId, amphora_id: amphoraId },
  }));
}

async function portsOf({ network }: OrphanSweepOptions): Promise<readonly Orphan[]> {
  return ((await network.listOwnPorts?.()) ?? []).flatMap(({ id, name }) => {
    const owner = UUID.exec(name)?.[0];
    const fields = { port_id: id, port_name: name };
    return owner === undefined ? [] : [{ kind: 'port' as const, id, owner, fields }];
  });
}

async function removeAll(
  orphans: readonly Orphan[],
  { compute, volume, network, logger }: OrphanSweepOptions,
  signal: AbortSignal,
): Promise<typeof NOTHING_REMOVED> {
  const removals: Readonly<Record<Orphan['kind'], (id: string) => Promise<void>>> = {
    machine: (id) => compute.delete(id),
    volume: (id) => volume.delete(id),
    port: (id) => network.deletePort(id),
  };
  let [removed, failed] = [0, 0];
  // Machines come first: what they boot from may only go after them.
  for (const { kind, id, fields } of orphans.slice(0, REMOVED_MAX)) {
    if (signal.aborted) break;
    try {
      await removals[kind](id);
      removed += 1;
      logger.warn(fields, `${kind} without an owner removed`);
    } catch (error) {
      failed += 1;
      logger.warn({ ...fields, error }, `could not remove a ${kind} without an owner`);
    }
  }
  return { removed, failed };
}
