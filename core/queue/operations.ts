import type { Queryable, Transaction } from '../ports/transaction.ts';
import { ENGINE_APPLICATION } from './enqueue.ts';
import type { FlowName } from './flows.ts';

/** Where an operation stands: in the queue, on a worker, or at one of its ends. */
export type OperationState = 'waiting' | 'running' | 'succeeded' | 'failed' | 'cancelled' | 'lost';

/** A step that has ended, or the undo of one (`undo <step>`). */
export interface EndedStep {
  readonly name: string;
  readonly isFailed: boolean;
  readonly reason: string | null;
  readonly endedMs: number;
}

/** What an operator wants to know of an operation. Times are milliseconds since the epoch, by the database's clock. */
export interface Operation {
  readonly flowId: string;
  readonly flow: FlowName;
  readonly state: OperationState;
  /** The ids it is about. */
  readonly input: Readonly<Record<string, string | boolean>>;
  readonly requestId: string | null;
  readonly enqueuedMs: number;
  readonly startedMs: number | null;
  readonly endedMs: number | null;
  /** The worker that has it. */
  readonly owner: string | null;
  /** How often a worker took it: more than once when workers went away. */
  readonly attempts: number;
  readonly steps: readonly EndedStep[];
  /** Of the step under way: how often it failed so far, and why. */
  readonly retriedStep: string | null;
  readonly retries: number | null;
  readonly lastError: string | null;
  readonly cancelReason: string | null;
}

export interface OperationFilter {
  /** Those under way, or those that ended badly. */
  readonly which: 'live' | 'failed';
  readonly loadBalancerId: string | null;
}

export const OPERATIONS_MAX = 500;
const LIVE = ['ENQUEUED', 'DELAYED', 'PENDING'];
const FAILED = ['ERROR', 'CANCELLED', 'MAX_RECOVERY_ATTEMPTS_EXCEEDED'];

const SELECT = `
  select flow.workflow_uuid as "flowId", flow.name as flow,
    case flow.status when 'ENQUEUED' then 'waiting' when 'DELAYED' then 'waiting' when 'PENDING' then 'running'
      when 'SUCCESS' then 'succeeded' when 'ERROR' then 'failed' when 'CANCELLED' then 'cancelled' else 'lost' end as state,
    args.input, args.origin ->> 'requestId' as "requestId", flow.created_at::float8 as "enqueuedMs",
    flow.started_at_epoch_ms::float8 as "startedMs", flow.completed_at::float8 as "endedMs",
    flow.executor_id as owner, coalesce(flow.recovery_attempts, 0)::int as attempts,
    coalesce(done.steps, '[]') as steps, note.step as "retriedStep", note.attempts as retries,
    note.last_error as "lastError", note.cancel_reason as "cancelReason"
  from dbos.workflow_status flow join dbos.workflow_input given using (workflow_uuid)
  left join flow_note note on note.flow_id = flow.workflow_uuid,
  lateral (select given.inputs::jsonb -> 'positionalArgs' -> 0 as input,
    given.inputs::jsonb -> 'positionalArgs' -> 1 as origin) args,
  lateral (select json_agg(json_build_object('name', function_name, 'endedMs', completed_at_epoch_ms,
      'isFailed', output::jsonb -> 'json' ->> 'kind' = 'failed',
      'reason', output::jsonb -> 'json' ->> 'reason') order by function_id) as steps
    from dbos.operation_outputs where workflow_uuid = flow.workflow_uuid) done
  where flow.application_name = '${ENGINE_APPLICATION}'`;

/** @returns the oldest first of those under way, the newest first of those that failed; at most 500 */
export async function listOperations(
  db: Queryable,
  { which, loadBalancerId }: OperationFilter,
): Promise<readonly Operation[]> {
  const found = await db.query<Operation>(
    `${SELECT} and flow.status = any($1) and ($2::text is null or args.input ->> 'loadBalancerId' = $2)
     order by flow.created_at ${which === 'live' ? 'asc' : 'desc'} limit ${OPERATIONS_MAX}`,
    [which === 'live' ? LIVE : FAILED, loadBalancerId],
  );
  return found.rows;
}

export async function findOperation(db: Queryable, flowId: string): Promise<Operation | null> {
  const found = await db.query<Operation>(`${SELECT} and flow.workflow_uuid = $1`, [flowId]);
  return found.rows[0] ?? null;
}

/**
 * Has a flow fail at the step it is at and undo what it did; the worker that has it sees this within a second. One that
 * still waits fails as soon as a worker takes it.
 * @returns whether there was anything to cancel
 */
export async function requestCancel(
  tx: Transaction,
  flowId: string,
  reason: string,
): Promise<boolean> {
  const asked = await tx.query(
    `insert into flow_note (flow_id, cancel_reason, cancel_requested_at)
     select workflow_uuid, $2, now() from dbos.workflow_status
     where workflow_uuid = $1 and status = any($3) and application_name = '${ENGINE_APPLICATION}'
     on conflict (flow_id) do update set cancel_reason = excluded.cancel_reason,
       cancel_requested_at = excluded.cancel_requested_at`,
    [flowId, reason, LIVE],
  );
  return asked.rowCount === 1;
}
