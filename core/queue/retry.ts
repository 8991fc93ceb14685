import { amphorae } from '../db/repositories/amphora.ts';
import { loadBalancers } from '../db/repositories/load-balancer.ts';
import { ErrorCode, OctaviaError } from '../domain/errors.ts';
import { AmphoraStatus, DELETABLE, ProvisioningStatus } from '../domain/status.ts';
import type { Transaction } from '../ports/transaction.ts';
import { enqueue } from './enqueue.ts';
import type { FlowInputs, FlowName } from './flows.ts';
import type { Operation } from './operations.ts';

/** The object that a flow is about: where its row is, and the input field with its id. */
const OWN_OBJECT = {
  listener: { table: 'listener', id: 'listenerId' },
  pool: { table: 'pool', id: 'poolId' },
  member: { table: 'member', id: 'memberId' },
  'health-monitor': { table: 'health_monitor', id: 'healthMonitorId' },
  'l7-policy': { table: 'l7_policy', id: 'l7PolicyId' },
  'l7-rule': { table: 'l7_rule', id: 'l7RuleId' },
} as const;
type OwnNoun = keyof typeof OWN_OBJECT;

const PENDING_OF: Readonly<Record<string, ProvisioningStatus>> = {
  create: ProvisioningStatus.PendingCreate,
  update: ProvisioningStatus.PendingUpdate,
  delete: ProvisioningStatus.PendingDelete,
};

/**
 * Begins a failed operation anew, as a new flow: locks the load balancer and marks the object as the request once did.
 * @returns the new flow's id
 * @throws OctaviaError `invalid-state` when it did not fail or cannot be repeated, `immutable` when the load balancer is
 * held, `not-found` when what it was about is gone; the message says which
 */
export async function retryOperation(tx: Transaction, operation: Operation): Promise<string> {
  const { flow, flowId, state, input, requestId } = operation;
  if (state === 'waiting' || state === 'running' || state === 'succeeded')
    throw invalid(`operation ${flowId} (${flow}) is ${state}; only one that failed can be retried`);
  if (flow === 'member-batch-update')
    throw invalid(
      `operation ${flowId}: what a member batch wanted is not kept; send the request again`,
    );
  if (typeof input['loadBalancerId'] === 'string')
    await hold(tx, operation, input['loadBalancerId']);
  await markOwnObject(tx, operation);
  return enqueue(tx, flow, input as unknown as FlowInputs[FlowName], {
    requestId: requestId ?? `retry-${flowId}`,
  });
}

async function hold(
  tx: Transaction,
  { flow, flowId }: Operation,
  loadBalancerId: string,
): Promise<void> {
  const isCreate = flow === 'load-balancer-create';
  const allowed = isCreate ? [ProvisioningStatus.Error] : DELETABLE;
  const verb = flow.startsWith('load-balancer-') ? flow.slice('load-balancer-'.length) : 'update';
  const pending = PENDING_OF[verb] ?? ProvisioningStatus.PendingUpdate;
  const held = await loadBalancers.lock(tx, loadBalancerId, allowed, pending);
  if (held === null) throw gone(`load balancer ${loadBalancerId}`, flowId);
  if (!held.isLocked)
    throw new OctaviaError(
      ErrorCode.Immutable,
      `load balancer ${loadBalancerId} is ${held.loadBalancer.provisioningStatus}; ${flow} can be retried when it is ${allowed.join(' or ')}`,
    );
  if (isCreate) await refuseIfBuilt(tx, loadBalancerId);
}

/** What was built since by other means must not be built beside it. */
async function refuseIfBuilt(tx: Transaction, loadBalancerId: string): Promise<void> {
  const built = await amphorae.findBy(tx, 'loadBalancerId', loadBalancerId);
  if (built.some((amphora) => amphora.status === AmphoraStatus.Allocated))
    throw invalid(`load balancer ${loadBalancerId} has amphorae already; fail it over instead`);
}

async function markOwnObject(tx: Transaction, { flow, flowId, input }: Operation): Promise<void> {
  if (flow === 'amphora-delete')
    await amphorae.update(tx, String(input['amphoraId']), { status: AmphoraStatus.PendingDelete });
  const noun = (Object.keys(OWN_OBJECT) as OwnNoun[]).find((each) => flow.startsWith(`${each}-`));
  if (noun === undefined) return;
  const { table, id } = OWN_OBJECT[noun];
  const pending = PENDING_OF[flow.slice(noun.length + 1)];
  const marked = await tx.query(`update ${table} set provisioning_status = $2 where id = $1`, [
    input[id],
    pending,
  ]);
  if (marked.rowCount !== 1) throw gone(`${noun} ${String(input[id])}`, flowId);
}

function invalid(message: string): OctaviaError {
  return new OctaviaError(ErrorCode.InvalidState, message);
}

function gone(what: string, flowId: string): OctaviaError {
  return new OctaviaError(
    ErrorCode.NotFound,
    `${what}, which operation ${flowId} was about, is gone`,
  );
}
