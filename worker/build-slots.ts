import type { Database } from '#core/db/pool.ts';
import { transaction } from '#core/db/transaction.ts';
import { DriverFailure } from '#core/domain/errors.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { ComputeDriver } from '#core/ports/compute.ts';
import type { Transaction } from '#core/ports/transaction.ts';

// Spells "slot".
const LOCK = 0x736c6f74;

export interface BuildSlotsOptions {
  readonly database: Database;
  /** Machines that are being built at a time, by all workers together. */
  readonly slotsMax: number;
  /** Looks for a free slot, and milliseconds between them, before the build is given up. */
  readonly looksMax: number;
  readonly intervalMs: number;
  /** Milliseconds after which a machine that is still building holds no slot any more. */
  readonly buildMsMax: number;
  readonly clock: Clock;
}

/**
 * A compute driver that has no more machines building at a time than the cloud bears. Replacements go first, then who
 * came first. A slot is free again when the machine is seen to be built, or to have failed, or is deleted.
 */
export function withBuildSlots(compute: ComputeDriver, options: BuildSlotsOptions): ComputeDriver {
  const { database } = options;
  const release = async (computeId: string): Promise<void> => {
    await database.query('delete from build_slot where compute_id = $1', [computeId]);
  };
  return {
    ...compute,
    async build(request) {
      await slotFor(request.amphoraId, options);
      const built = await compute.build(request).catch(async (error: unknown) => {
        await giveBack(request.amphoraId, database);
        throw error;
      });
      await database.query(
        'update build_slot set compute_id = $2, touched_at = clock_timestamp() where amphora_id = $1',
        [request.amphoraId, built.computeId],
      );
      return built;
    },
    async get(computeId) {
      const machine = await compute.get(computeId);
      if (machine?.status !== 'BUILDING') await release(computeId);
      return machine;
    },
    async delete(computeId) {
      await compute.delete(computeId);
      await release(computeId);
    },
  };
}

async function slotFor(amphoraId: string, options: BuildSlotsOptions): Promise<void> {
  const { database, slotsMax, looksMax, intervalMs, clock } = options;
  for (let look = 1; look <= looksMax; look++) {
    if (await transaction(database, (tx) => takeSlot(tx, amphoraId, options))) return;
    await clock.sleep(intervalMs);
  }
  await giveBack(amphoraId, database);
  throw new DriverFailure(
    `amphora ${amphoraId} got no turn to be built: ${slotsMax} machines were being built all the time (build_rate_limit)`,
    { retryable: false },
  );
}

/** Also of a build that failed, which else held it for as long as a machine may take to boot; who tries again asks anew. */
async function giveBack(amphoraId: string, database: Database): Promise<void> {
  await database.query('delete from build_slot where amphora_id = $1', [amphoraId]);
}

/** Free when there are more slots than machines that are building or that are waiting and go first. */
const IS_FREE = `
  select count(*) < $2 as "isFree" from build_slot other, build_slot mine
  where mine.amphora_id = $1 and other.amphora_id <> mine.amphora_id and (other.is_building
    or (not other.is_replacement, other.requested_at) < (not mine.is_replacement, mine.requested_at))`;

/** One at a time looks, so that two never take the last slot. */
async function takeSlot(
  tx: Transaction,
  amphoraId: string,
  { slotsMax, intervalMs, buildMsMax }: BuildSlotsOptions,
): Promise<boolean> {
  await tx.query('select pg_advisory_xact_lock($1)', [LOCK]);
  await tx.query(
    `delete from build_slot where touched_at < clock_timestamp() - interval '1 millisecond' *
       case when is_building then $1::float8 else $2::float8 end`,
    [buildMsMax, 3 * intervalMs + 10_000],
  );
  await tx.query(
    `insert into build_slot (amphora_id, is_replacement)
     values ($1, not exists (
       select from amphora a join load_balancer l on l.id = a.load_balancer_id
       where a.id = $1 and l.provisioning_status = 'PENDING_CREATE'))
     on conflict (amphora_id) do update set touched_at = clock_timestamp()`,
    [amphoraId],
  );
  const free = await tx.query<{ isFree: boolean }>(IS_FREE, [amphoraId, slotsMax]);
  if (free.rows[0]?.isFree !== true) return false;
  await tx.query('update build_slot set is_building = true where amphora_id = $1', [amphoraId]);
  return true;
}
