import type { AmphoraStatus, ProvisioningStatus } from '#core/domain/status.ts';
import type { Queryable } from '#core/ports/transaction.ts';

/** An amphora from which reports are expected, as far as the board needs to know it. */
export interface Expected {
  readonly id: string;
  /** The availability zone it lies in; null: not known. */
  readonly zone: string | null;
  /** FAILOVER_STOPPED: the circuit breaker refused to replace it. */
  readonly isStopped: boolean;
}

/** An amphora whose row was written lately. */
export interface Changed extends Expected {
  readonly isExpected: boolean;
}

/** An amphora as far as a verdict on it depends on the database. */
export interface Accused {
  readonly id: string;
  readonly status: AmphoraStatus;
  readonly loadBalancerId: string;
  readonly loadBalancerStatus: ProvisioningStatus;
  /** Failovers asked for already. */
  readonly attempts: number;
  /** Whether the back-off after the last of them is over. */
  readonly isDue: boolean;
}

const IS_EXPECTED = `a.status in ('ALLOCATED', 'FAILOVER_STOPPED')
  and lb.provisioning_status not in ('DELETED', 'PENDING_DELETE')`;
const ENTRY = `a.id, a.cached_zone as zone, a.status = 'FAILOVER_STOPPED' as "isStopped"`;
const ACCUSED = `
  a.id, a.status, lb.id as "loadBalancerId", lb.provisioning_status as "loadBalancerStatus",
  coalesce(f.attempts, 0) as attempts, coalesce(f.next_attempt_at <= now(), true) as "isDue"
  from amphora a
  join load_balancer lb on lb.id = a.load_balancer_id
  left join failover_attempt f on f.amphora_id = a.id`;
// What could not be removed after it was replaced is in ERROR too, and nobody misses it.
const IS_MISSED = `a.status = 'ERROR' and lb.provisioning_status not in ('DELETED', 'PENDING_DELETE')
  and (select count(*) from amphora o
       where o.load_balancer_id = lb.id and o.status in ('ALLOCATED', 'FAILOVER_STOPPED'))
    < case lb.topology when 'ACTIVE_STANDBY' then 2 else 1 end`;

/** A row is visible some time after the moment it bears, and that moment has whole seconds. */
const LOOK_BACK = `interval '15 seconds'`;
const CHANGED_MAX = 10_000;

/** @returns one page of the expected amphorae, by id */
export async function findExpectedAfter(
  db: Queryable,
  afterId: string | null,
  rowsMax: number,
): Promise<readonly Expected[]> {
  const found = await db.query<Expected>(
    `select ${ENTRY} from amphora a join load_balancer lb on lb.id = a.load_balancer_id
     where ${IS_EXPECTED} and a.id > $1 order by a.id limit $2`,
    [afterId ?? '00000000-0000-0000-0000-000000000000', rowsMax],
  );
  return found.rows;
}

/** @returns amphorae written within the last seconds, at most 10,000, the newest first */
export async function findChanged(db: Queryable): Promise<readonly Changed[]> {
  const found = await db.query<Changed>(
    `select ${ENTRY}, coalesce(${IS_EXPECTED}, false) as "isExpected"
     from amphora a left join load_balancer lb on lb.id = a.load_balancer_id
     where a.load_balancer_id is not null and coalesce(a.updated_at, a.created_at) >= now() - ${LOOK_BACK}
     order by coalesce(a.updated_at, a.created_at) desc limit ${CHANGED_MAX}`,
  );
  return found.rows;
}

/** @returns those of the given amphorae from which reports are expected */
export async function findAccused(
  db: Queryable,
  amphoraIds: readonly string[],
): Promise<ReadonlyMap<string, Accused>> {
  if (amphoraIds.length === 0) return new Map();
  const found = await db.query<Accused>(
    `select ${ACCUSED} where ${IS_EXPECTED} and a.id = any($1::uuid[])`,
    [amphoraIds],
  );
  return new Map(found.rows.map((amphora) => [amphora.id, amphora]));
}

/** Amphorae whose failover failed, whoever asked for it, and whose load balancer lacks them. */
export async function findUnfinished(
  db: Queryable,
  rowsMax: number,
): Promise<{ readonly count: number; readonly due: readonly Accused[] }> {
  const found = await db.query<Accused>(
    `select ${ACCUSED} where ${IS_MISSED} and f.amphora_id is not null
     order by f.next_attempt_at limit $1`,
    [rowsMax],
  );
  return { count: found.rows.length, due: found.rows.filter(({ isDue }) => isDue) };
}
