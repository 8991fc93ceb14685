import { findListed } from '#core/db/list-query.ts';
import { listedLoadBalancers } from '#core/db/listed/load-balancer.ts';
import { loadBalancers } from '#core/db/repositories/load-balancer.ts';
import type { LoadBalancer } from '#core/domain/load-balancer.ts';
import { MUTABLE, ProvisioningStatus } from '#core/domain/status.ts';
import { findLoadBalancer } from '../../gate.ts';
import { type Answer, type ApiRequest, ok, param, permit } from '../../http/request.ts';
import { callProvider, providerNamed } from '../../providers.ts';
import { onlySent, orWhenNull, write } from '../../writing.ts';
import { lockItself } from './lock.ts';
import { expectQosPolicy, expectSecurityGroups } from './network-policies.ts';
import { updateBody } from './schema.ts';
import { answerWith } from './show.ts';
import { groupsOnDirectPort } from './validate.ts';

type Sent = ReturnType<typeof updateBody.parse>;

export async function updateLoadBalancer(request: ApiRequest): Promise<Answer> {
  const { context } = request;
  const sent = updateBody.parse(request.body);
  const old = await findLoadBalancer(context.database, param(request, 'id'));
  permit(request, 'loadbalancer:put', old.projectId);
  if (sent.vip_sg_ids !== undefined) permit(request, 'loadbalancer:put:vip_sg_ids', old.projectId);
  if (sent.vip_qos_policy_id !== old.vip.qosPolicyId)
    await expectQosPolicy(sent.vip_qos_policy_id, context.network);
  await expectSecurityGroups(sent.vip_sg_ids, context.network);
  refuseGroupsOnDirectPort(old.vip, sent);
  const provider = providerNamed(context.providers, old.provider);

  const row = await write(request, async (tx, call) => {
    const current = await lockItself(tx, old.id, MUTABLE, ProvisioningStatus.PendingUpdate);
    const changes = changesOf(current, sent);
    await loadBalancers.update(tx, old.id, {
      ...changes,
      provisioningStatus: ProvisioningStatus.PendingUpdate,
    });
    await callProvider(provider, 'loadBalancerUpdate', call, current, changes);
    return findListed(tx, listedLoadBalancers, old.id);
  });
  return ok(answerWith(row));
}

/** A port that is handed through to a machine has nobody to filter for it. */
function refuseGroupsOnDirectPort({ vnicType }: LoadBalancer['vip'], sent: Sent): void {
  if (vnicType === 'direct' && (sent.vip_sg_ids?.length ?? 0) > 0) throw groupsOnDirectPort();
}

function changesOf(current: LoadBalancer, sent: Sent): Partial<LoadBalancer> {
  const changesVip = sent.vip_qos_policy_id !== undefined || sent.vip_sg_ids !== undefined;
  const { vip } = current;
  return onlySent<Partial<LoadBalancer>>({
    name: sent.name,
    description: sent.description,
    isEnabled: orWhenNull(sent.admin_state_up, false),
    tags: sent.tags ?? undefined,
    vip: changesVip
      ? {
          ...vip,
          qosPolicyId:
            sent.vip_qos_policy_id === undefined ? vip.qosPolicyId : sent.vip_qos_policy_id,
          securityGroupIds: orWhenNull(sent.vip_sg_ids, []) ?? vip.securityGroupIds,
        }
      : undefined,
  });
}
