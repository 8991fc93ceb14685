import type { Database } from '#core/db/pool.ts';
import { transaction } from '#core/db/transaction.ts';
import type { Transaction } from '#core/ports/transaction.ts';
import { findFailedFailovers } from '#core/queue/failovers.ts';

/** A failover that failed, and when it is tried again. */
export interface FailedAttempt {
  readonly amphoraId: string;
  readonly loadBalancerId: string;
  readonly flowId: string;
  readonly attempts: number;
  readonly nextAttemptAt: Date;
}

/** A failed flow is looked for so long: whoever was away for longer finds its amphora by the attempt noted before. */
const LOOK_BACK_MS = 24 * 3_600_000;
const BACK_OFF_MS_MAX = 3_600_000;

/**
 * Notes an attempt, and when the next may be made. `$2` is the first pause in milliseconds; it doubles with each attempt.
 * @returns how many attempts there were; null: the pause after the last is not over
 */
export async function noteAttempt(
  tx: Transaction,
  amphoraId: string,
  backOffMs: number,
): Promise<number | null> {
  const noted = await tx.query<{ attempts: number }>(
    `insert into failover_attempt as f (amphora_id, next_attempt_at)
     values ($1, now() + $2 * interval '1 millisecond')
     on conflict (amphora_id) do update
       set attempts = f.attempts + 1, last_attempt_at = now(),
           next_attempt_at = now()
             + least($2 * power(2, least(f.attempts, 20)), ${BACK_OFF_MS_MAX}) * interval '1 millisecond'
       where f.next_attempt_at <= now()
     returning attempts`,
    [amphoraId, backOffMs],
  );
  return noted.rows[0]?.attempts ?? null;
}

/**
 * Notes failovers that failed, whoever asked for them, so that they are tried again. Of any number of health managers one
 * is answered each failure.
 */
export async function noteFailures(
  database: Database,
  backOffMs: number,
): Promise<readonly FailedAttempt[]> {
  const failed = await findFailedFailovers(database, LOOK_BACK_MS);
  if (failed.length === 0) return [];
  return transaction(database, async (tx) => {
    const noted = await tx.query<FailedAttempt>(
      `insert into failover_attempt as f (amphora_id, next_attempt_at, failed_flow_id)
       select distinct on (a.id) a.id, now() + $4 * interval '1 millisecond', v.flow_id
       from unnest($1::text[], $2::uuid[], $3::uuid[]) with ordinality
         as v (flow_id, load_balancer_id, amphora_id, place)
       join amphora a on a.load_balancer_id = v.load_balancer_id and a.status = 'ERROR'
         and (v.amphora_id is null or a.id = v.amphora_id)
       order by a.id, v.place
       on conflict (amphora_id) do update set failed_flow_id = excluded.failed_flow_id
         where f.failed_flow_id is distinct from excluded.failed_flow_id
       returning amphora_id as "amphoraId", failed_flow_id as "flowId", attempts,
         next_attempt_at as "nextAttemptAt",
         (select load_balancer_id from amphora a where a.id = amphora_id) as "loadBalancerId"`,
      [
        failed.map(({ flowId }) => flowId),
        failed.map(({ loadBalancerId }) => loadBalancerId),
        failed.map(({ amphoraId }) => amphoraId),
        backOffMs,
      ],
    );
    return noted.rows;
  });
}
