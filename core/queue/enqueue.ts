import { setTimeout as delay } from 'node:timers/promises';
import { ErrorCode, OctaviaError } from '../domain/errors.ts';
import type { Transaction } from '../ports/transaction.ts';
import type { FlowInputs, FlowName, FlowOrigin } from './flows.ts';

/** Failovers have a queue of their own, so that creates waiting for machines cannot hold all slots. */
export const FLOW_QUEUE = 'flows';
export const FAILOVER_QUEUE = 'failovers';
/** Whose flows these are, among all that share the engine's tables. */
export const ENGINE_APPLICATION = 'octavia';

const FAILOVERS: readonly FlowName[] = ['amphora-failover', 'load-balancer-failover'];
const UNIQUE_VIOLATION = '23505';

// A flow's last step shows the load balancer as ACTIVE; its end is on record some milliseconds later.
const TAIL_LOOKS_MAX = 40;
const TAIL_INTERVAL_MS = 25;

// A flow publishes ACTIVE in its last step and is noted as ended some milliseconds later: who saw ACTIVE and asks for
// more at once must not be told to come again. Past this the flow is one that a crash left before that note.
const WAIT_FOR_END_MAX_MS = 2000;
const WAIT_FOR_END_STEP_MS = 10;

/**
 * Hands a flow to the durable engine in the caller's own transaction: it exists if and only if the transaction commits.
 * A load balancer has at most one flow in a queue; the status lock makes that so, and the deduplication id backs it:
 * a last step that a crash makes run twice must not publish ACTIVE over the next flow's PENDING.
 * The flow's class is '' and its version null: any worker, of any release, may take it.
 * @returns the flow's id
 * @throws OctaviaError `immutable` when the load balancer has a flow in that queue that does not end within 2 s; after
 * some of these the transaction is lost
 */
export async function enqueue<Name extends FlowName>(
  tx: Transaction,
  flow: Name,
  input: FlowInputs[Name],
  origin: FlowOrigin,
): Promise<string> {
  for (let waitedMs = 0; waitedMs < WAIT_FOR_END_MAX_MS; waitedMs += WAIT_FOR_END_STEP_MS) {
    const id = await enqueueUnlessBusy(tx, flow, input, origin);
    if (id !== null) return id;
    await tx.query('select pg_sleep($1)', [WAIT_FOR_END_STEP_MS / 1000]);
  }
  throw immutable(input.loadBalancerId);
}

/** @returns null when the load balancer has a flow in that queue: the transaction goes on */
async function enqueueUnlessBusy<Name extends FlowName>(
  tx: Transaction,
  flow: Name,
  input: FlowInputs[Name],
  origin: FlowOrigin,
): Promise<string | null> {
  await untilFree(tx, input.loadBalancerId);
  const queue = FAILOVERS.includes(flow) ? FAILOVER_QUEUE : FLOW_QUEUE;
  const enqueued = await tx
    .query<{ id: string | null }>(
      `select case when exists (
           select from dbos.workflow_status where queue_name = $2 and deduplication_id = $5) then null
         else dbos.enqueue_workflow(
           workflow_name := $1, queue_name := $2, positional_args := array[$3::json, $4::json],
           class_name := '', config_name := '', deduplication_id := $5, application_name := $6)
         end as id`,
      [
        flow,
        queue,
        JSON.stringify(input),
        JSON.stringify(origin),
        input.loadBalancerId,
        ENGINE_APPLICATION,
      ],
    )
    .catch((error: unknown) => {
      throw isDuplicate(error) ? immutable(input.loadBalancerId, error) : error;
    });
  return enqueued.rows[0]?.id ?? null;
}

async function untilFree(tx: Transaction, loadBalancerId: string): Promise<void> {
  for (let look = 1; look <= TAIL_LOOKS_MAX; look++) {
    const live = await tx.query(
      `select from dbos.workflow_status
       where queue_name = any($1) and deduplication_id = $2 and status in ('ENQUEUED', 'PENDING', 'DELAYED')`,
      [[FLOW_QUEUE, FAILOVER_QUEUE], loadBalancerId],
    );
    if (live.rowCount === 0) return;
    await delay(TAIL_INTERVAL_MS);
  }
  throw immutable(loadBalancerId);
}

function isDuplicate(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === UNIQUE_VIOLATION;
}

function immutable(loadBalancerId: string, cause?: unknown): OctaviaError {
  return new OctaviaError(
    ErrorCode.Immutable,
    `Load Balancer ${loadBalancerId} is immutable and cannot be updated.`,
    cause === undefined ? undefined : { cause },
  );
}
