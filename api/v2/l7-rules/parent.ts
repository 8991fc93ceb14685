import { l7Policies } from '#core/db/repositories/l7-policy.ts';
import { l7Rules } from '#core/db/repositories/l7-rule.ts';
import { listeners } from '#core/db/repositories/listener.ts';
import { loadBalancers } from '#core/db/repositories/load-balancer.ts';
import type { L7Policy } from '#core/domain/l7-policy.ts';
import type { L7Rule } from '#core/domain/l7-rule.ts';
import type { Listener } from '#core/domain/listener.ts';
import { MUTABLE, ProvisioningStatus } from '#core/domain/status.ts';
import type { Transaction } from '#core/ports/transaction.ts';
import { immutable, notFound } from '../../faults.ts';
import { findOrRefuse } from '../../gate.ts';
import { type ApiRequest, param } from '../../http/request.ts';
import { parentNotFound } from '../../http/router-fault.ts';
import { canonicalUuid } from '../../schema/text.ts';

/** The policy in the path. @throws RouterFault, since the router already needs it */
export async function findParentPolicy(request: ApiRequest): Promise<L7Policy> {
  const spelt = param(request, 'policyId');
  const id = canonicalUuid(spelt);
  const policy = id === null ? null : await l7Policies.find(request.context.database, id);
  if (policy === null) throw parentNotFound('L7Policy', spelt);
  return policy;
}

export async function findRule(request: ApiRequest): Promise<L7Rule> {
  return findOrRefuse(l7Rules, request.context.database, 'L7 Rule', param(request, 'id'));
}

/** Asked after the policy of access: who may not read an L7 policy shall not learn whose a rule is. */
export function expectRuleOf(policy: L7Policy, rule: L7Rule, request: ApiRequest): void {
  if (rule.l7PolicyId !== policy.id) throw notFound('L7 Rule', param(request, 'id'));
}

/**
 * Takes the load balancer's lock for a change of a policy's rules: the policy must be ACTIVE too, and is named first
 * when it is not. The load balancer's row is locked before the policy is looked at: everyone locks in that order.
 */
export async function lockPolicyForChange(
  tx: Transaction,
  policy: L7Policy,
  { id: listenerId, loadBalancerId }: Listener,
): Promise<{ readonly policy: L7Policy; readonly listener: Listener }> {
  const lock = await loadBalancers.lock(
    tx,
    loadBalancerId,
    MUTABLE,
    ProvisioningStatus.PendingUpdate,
  );
  const current = await findOrRefuse(l7Policies, tx, 'L7 Policy', policy.id);
  if (!MUTABLE.includes(current.provisioningStatus)) throw immutable('L7Policy', policy.id);
  if (!lock?.isLocked) throw immutable('Load Balancer', loadBalancerId);
  const listener = await findOrRefuse(listeners, tx, 'Listener', listenerId);
  const pending = { provisioningStatus: ProvisioningStatus.PendingUpdate };
  await listeners.update(tx, listenerId, pending);
  await l7Policies.update(tx, current, pending);
  return { policy: current, listener };
}
