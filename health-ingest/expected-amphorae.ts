import type { Database } from '#core/db/pool.ts';
import { transaction } from '#core/db/transaction.ts';
import type { AmphoraStatus, ProvisioningStatus } from '#core/domain/status.ts';
import type { Queryable } from '#core/ports/transaction.ts';

/** An amphora that should report, as far as a verdict on it depends on the database. */
export interface ExpectedAmphora {
  readonly id: string;
  readonly status: AmphoraStatus;
  readonly loadBalancerId: string;
  readonly loadBalancerStatus: ProvisioningStatus;
  /** Failovers asked for already. */
  readonly attempts: number;
  /** Whether the back-off after the last of them is over. */
  readonly isDue: boolean;
}

// One in ERROR is to be replaced only if that was tried before and its load balancer is still short of amphorae: what
// could not be removed after it was replaced is in ERROR too.
const EXPECTED = `
  from amphora a
  join load_balancer lb on lb.id = a.load_balancer_id
  left join failover_attempt f on f.amphora_id = a.id
  where (a.status in ('ALLOCATED', 'FAILOVER_STOPPED')
      or (a.status = 'ERROR' and f.amphora_id is not null
        and (select count(*) from amphora o
             where o.load_balancer_id = lb.id and o.status in ('ALLOCATED', 'FAILOVER_STOPPED'))
          < case lb.topology when 'ACTIVE_STANDBY' then 2 else 1 end))
    and lb.provisioning_status not in ('DELETED', 'PENDING_DELETE')`;
const COLUMNS = `
  a.id, a.status, lb.id as "loadBalancerId", lb.provisioning_status as "loadBalancerStatus",
  coalesce(f.attempts, 0) as attempts, coalesce(f.next_attempt_at <= now(), true) as "isDue"`;

export async function findExpectedIds(db: Queryable): Promise<readonly string[]> {
  const found = await db.query<{ id: string }>(`select a.id ${EXPECTED}`);
  return found.rows.map(({ id }) => id);
}

/** @returns those of the given amphorae from which reports are expected */
export async function findExpected(
  db: Queryable,
  amphoraIds: readonly string[],
): Promise<ReadonlyMap<string, ExpectedAmphora>> {
  if (amphoraIds.length === 0) return new Map();
  const found = await db.query<ExpectedAmphora>(
    `select ${COLUMNS} ${EXPECTED} and a.id = any($1::uuid[])`,
    [amphoraIds],
  );
  return new Map(found.rows.map((amphora) => [amphora.id, amphora]));
}

export async function findStoppedIds(db: Queryable): Promise<readonly string[]> {
  const found = await db.query<{ id: string }>(
    `select id from amphora where status = 'FAILOVER_STOPPED' limit 10000`,
  );
  return found.rows.map(({ id }) => id);
}

/** Moves amphorae between ALLOCATED and FAILOVER_STOPPED. @returns the ids that moved */
export async function moveAmphorae(
  database: Database,
  amphoraIds: readonly string[],
  from: AmphoraStatus,
  to: AmphoraStatus,
): Promise<readonly string[]> {
  if (amphoraIds.length === 0) return [];
  return transaction(database, async (tx) => {
    const moved = await tx.query<{ id: string }>(
      `update amphora set status = $3, updated_at = date_trunc('second', clock_timestamp())
       where id in (select id from amphora where id = any($1::uuid[]) and status = $2 order by id for update)
       returning id`,
      [[...amphoraIds], from, to],
    );
    return moved.rows.map(({ id }) => id);
  });
}
