import type { Transaction } from '../ports/transaction.ts';
import type { FlowInputs, FlowName, FlowOrigin } from './flows.ts';

/** Failovers have a queue of their own, so that creates waiting for machines cannot hold all slots. */
export const FLOW_QUEUE = 'flows';
export const FAILOVER_QUEUE = 'failovers';

const FAILOVERS: readonly FlowName[] = ['amphora-failover', 'load-balancer-failover'];

/**
 * Hands a flow to the durable engine in the caller's own transaction: it exists if and only if the transaction commits.
 * A load balancer has at most one flow in a queue; the status lock makes that so, and the deduplication id backs it.
 * @returns the flow's id
 */
export async function enqueue<Name extends FlowName>(
  tx: Transaction,
  flow: Name,
  input: FlowInputs[Name],
  origin: FlowOrigin,
): Promise<string> {
  const queue = FAILOVERS.includes(flow) ? FAILOVER_QUEUE : FLOW_QUEUE;
  const enqueued = await tx.query<{ id: string }>(
    `select dbos.enqueue_workflow(
       workflow_name := $1, queue_name := $2, positional_args := array[$3::json, $4::json],
       deduplication_id := $5) as id`,
    [flow, queue, JSON.stringify(input), JSON.stringify(origin), input.loadBalancerId],
  );
  const id = enqueued.rows[0]?.id;
  if (id === undefined) throw new Error(`the engine gave no id for a ${flow} flow`);
  return id;
}
