import type { Queryable } from '../ports/transaction.ts';
import { ENGINE_APPLICATION, FAILOVER_QUEUE } from './enqueue.ts';
import { unlessThereIsNoEngine } from './live-flows.ts';

/** A failover, whoever asked for it, that did not replace what it should. */
export interface FailedFailover {
  readonly flowId: string;
  readonly loadBalancerId: string;
  /** Null: all amphorae of the load balancer were to be replaced. */
  readonly amphoraId: string | null;
}

const FAILED_MAX = 1000;

/** Failovers that wait or run, all workers' together, whoever asked for them. */
export async function countFailovers(db: Queryable): Promise<number> {
  const counted = await unlessThereIsNoEngine(
    db.query<{ count: number }>(
      `select count(*)::int as count from dbos.workflow_status
       where queue_name = $1 and status in ('ENQUEUED', 'PENDING', 'DELAYED') and application_name = $2`,
      [FAILOVER_QUEUE, ENGINE_APPLICATION],
    ),
  );
  return counted?.rows[0]?.count ?? 0;
}

/** @param withinMs how long ago they may have ended. @returns the newest first, at most 1,000 */
export async function findFailedFailovers(
  db: Queryable,
  withinMs: number,
): Promise<readonly FailedFailover[]> {
  const found = await unlessThereIsNoEngine(
    db.query<FailedFailover>(
      `select flow.workflow_uuid as "flowId", input.value ->> 'loadBalancerId' as "loadBalancerId",
         input.value ->> 'amphoraId' as "amphoraId"
       from dbos.workflow_status flow
       join dbos.workflow_input given using (workflow_uuid),
       lateral (select given.inputs::jsonb -> 'positionalArgs' -> 0 as value) input
       where flow.status in ('ERROR', 'CANCELLED', 'MAX_RECOVERY_ATTEMPTS_EXCEEDED')
         and flow.queue_name = $1 and flow.application_name = $2
         and flow.updated_at >= extract(epoch from now()) * 1000 - $3
       order by flow.updated_at desc limit ${FAILED_MAX}`,
      [FAILOVER_QUEUE, ENGINE_APPLICATION, withinMs],
    ),
  );
  return found?.rows ?? [];
}
