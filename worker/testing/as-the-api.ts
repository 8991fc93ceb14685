import type { ProvisioningStatus } from '#core/domain/status.ts';
import type { Transaction } from '#core/ports/transaction.ts';
import type { FlowInputs, FlowName } from '#core/queue/flows.ts';
import type { Family } from './rows.ts';

type Marks = Readonly<Partial<Record<keyof typeof ID_OF, ProvisioningStatus>>>;

const ID_OF = {
  load_balancer: 'loadBalancerId',
  listener: 'listenerId',
  pool: 'poolId',
  member: 'memberId',
  health_monitor: 'healthMonitorId',
  l7_policy: 'l7PolicyId',
  l7_rule: 'l7RuleId',
} as const;

const UPDATE = 'PENDING_UPDATE';
const LISTENER_USED: Marks = { load_balancer: UPDATE, listener: UPDATE };
const POOL_USED: Marks = { load_balancer: UPDATE, listener: UPDATE, pool: UPDATE };

/** What the API marks as pending, in the transaction that enqueues the flow. */
const MARKS: Readonly<Record<FlowName, Marks>> = {
  'load-balancer-create': { load_balancer: 'PENDING_CREATE' },
  'load-balancer-update': { load_balancer: UPDATE },
  'load-balancer-delete': { load_balancer: 'PENDING_DELETE' },
  'load-balancer-failover': { load_balancer: UPDATE },
  'amphora-failover': { load_balancer: UPDATE },
  'amphora-refresh': { load_balancer: UPDATE },
  'amphora-config-update': {},
  'amphora-delete': {},
  'amphora-certificate-rotate': {},
  'listener-create': { load_balancer: UPDATE, listener: 'PENDING_CREATE' },
  'listener-update': { load_balancer: UPDATE, listener: UPDATE },
  'listener-delete': { load_balancer: UPDATE, listener: 'PENDING_DELETE' },
  'pool-create': { ...POOL_USED, pool: 'PENDING_CREATE' },
  'pool-update': POOL_USED,
  'pool-delete': { ...POOL_USED, pool: 'PENDING_DELETE' },
  'member-create': { ...POOL_USED, member: 'PENDING_CREATE' },
  'member-update': { ...POOL_USED, member: UPDATE },
  'member-delete': { ...POOL_USED, member: 'PENDING_DELETE' },
  'member-batch-update': { ...POOL_USED, member: 'PENDING_DELETE' },
  'health-monitor-create': { ...POOL_USED, health_monitor: 'PENDING_CREATE' },
  'health-monitor-update': { ...POOL_USED, health_monitor: UPDATE },
  'health-monitor-delete': { ...POOL_USED, health_monitor: 'PENDING_DELETE' },
  'l7-policy-create': { ...LISTENER_USED, l7_policy: 'PENDING_CREATE' },
  'l7-policy-update': { ...LISTENER_USED, l7_policy: UPDATE },
  'l7-policy-delete': { ...LISTENER_USED, l7_policy: 'PENDING_DELETE' },
  'l7-rule-create': { ...LISTENER_USED, l7_policy: UPDATE, l7_rule: 'PENDING_CREATE' },
  'l7-rule-update': { ...LISTENER_USED, l7_policy: UPDATE, l7_rule: UPDATE },
  'l7-rule-delete': { ...LISTENER_USED, l7_policy: UPDATE, l7_rule: 'PENDING_DELETE' },
};

/** What the API marks as pending when it enqueues that flow. */
export const marksOf = (flow: FlowName): Marks => MARKS[flow];

/** Marks the family as the API does when it hands that flow to the worker. */
export async function markFor(tx: Transaction, flow: FlowName, family: Family): Promise<void> {
  for (const [table, status] of Object.entries(marksOf(flow)) as [keyof typeof ID_OF, string][])
    await tx.query(`update ${table} set provisioning_status = $2 where id = $1`, [
      family[ID_OF[table]],
      status,
    ]);
}

/** The input of any flow: each takes from it what it knows. */
export function inputFor(family: Family, amphoraId: string): FlowInputs[FlowName] {
  const { projectId: _, topology: __, ...ids } = family;
  return { ...ids, amphoraId, isCascade: true };
}
