import { setTimeout as delay } from 'node:timers/promises';
import { prepared } from '../db/prepared.ts';
import { ErrorCode, OctaviaError } from '../domain/errors.ts';
import type { Transaction } from '../ports/transaction.ts';
import type { FlowInputs, FlowName, FlowOrigin } from './flows.ts';

/** Failovers have a queue of their own, so that creates waiting for machines cannot hold all slots. */
export const FLOW_QUEUE = 'flows';
export const FAILOVER_QUEUE = 'failovers';
/** Where the name of a queue is told that a flow was put into. */
export const NEWS_CHANNEL = 'octavia_flow';
/** Whose flows these are, among all that share the engine's tables. */
export const ENGINE_APPLICATION = 'octavia';

const FAILOVERS: readonly FlowName[] = ['amphora-failover', 'load-balancer-failover'];
const UNIQUE_VIOLATION = '23505';

const HAND_OVER = prepared(
  `select dbos.enqueue_workflow(
     workflow_name := $1, queue_name := $2, positional_args := array[$3::json, $4::json],
     class_name := '', config_name := '', deduplication_id := $5, application_name := $6) as id,
     pg_notify('${NEWS_CHANNEL}', $2)`,
);
const LIVE = prepared(
  `select from dbos.workflow_status
   where queue_name = any($1) and deduplication_id = $2 and status in ('ENQUEUED', 'PENDING', 'DELAYED')`,
);

// A flow publishes ACTIVE in its last step and is noted as ended some milliseconds later: who saw ACTIVE and asks for
// more at once must not be told to come again. Past this the flow is one that a crash left before that note.
const TAIL_LOOKS_MAX = 80;
const TAIL_INTERVAL_MS = 25;

/**
 * Hands a flow to the durable engine in the caller's own transaction: it exists if and only if the transaction commits.
 * A load balancer has at most one flow, in either queue; the status lock makes that so, and the deduplication id backs it:
 * a last step that a crash makes run twice must not publish ACTIVE over the next flow's PENDING. Flows of an amphora
 * alone hold none: they may run twice, beside each other and beside the load balancer's.
 * The flow's class is '' and its version null: any worker, of any release, may take it.
 * @returns the flow's id
 * @throws OctaviaError `immutable` when the load balancer has a flow that does not end within 2 s
 */
export async function enqueue<Name extends FlowName>(
  tx: Transaction,
  flow: Name,
  input: FlowInputs[Name],
  origin: FlowOrigin,
): Promise<string> {
  const loadBalancerId = 'loadBalancerId' in input ? input.loadBalancerId : null;
  if (loadBalancerId !== null) await untilFree(tx, loadBalancerId);
  const queue = queueOf(flow);
  const enqueued = await tx
    .query<{ id: string }>(HAND_OVER, [
      flow,
      queue,
      JSON.stringify(input),
      JSON.stringify(origin),
      loadBalancerId,
      ENGINE_APPLICATION,
    ])
    .catch((error: unknown) => {
      const isHeld = loadBalancerId !== null && isDuplicate(error);
      throw isHeld ? immutable(loadBalancerId, error) : error;
    });
  const id = enqueued.rows[0]?.id;
  if (id === undefined) throw new Error(`the engine gave no id for a ${flow} flow`);
  return id;
}

export function queueOf(flow: FlowName): string {
  return FAILOVERS.includes(flow) ? FAILOVER_QUEUE : FLOW_QUEUE;
}

async function untilFree(tx: Transaction, loadBalancerId: string): Promise<void> {
  for (let look = 1; look <= TAIL_LOOKS_MAX; look++) {
    const live = await tx.query(LIVE, [[FLOW_QUEUE, FAILOVER_QUEUE], loadBalancerId]);
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
