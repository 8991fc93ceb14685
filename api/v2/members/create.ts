import { healthMonitors } from '#core/db/repositories/health-monitor.ts';
import { members } from '#core/db/repositories/member.ts';
import { lockPoolForChange } from '../../gate.ts';
import { type Answer, type ApiRequest, created, permit } from '../../http/request.ts';
import { callProvider, providerNamed } from '../../providers.ts';
import { reserve, write } from '../../writing.ts';
import {
  newMember,
  refuseDuplicate,
  refuseReservedAddress,
  refuseSriov,
  refuseUnknownSubnet,
  vnicTypeOf,
} from './new-member.ts';
import { findParentPool, loadBalancerOf } from './parent.ts';
import { createBody } from './schema.ts';
import { memberToApi } from './show.ts';

export async function createMember(request: ApiRequest): Promise<Answer> {
  const { context } = request;
  const parent = await findParentPool(request);
  const sent = createBody.parse(request.body);
  permit(request, 'member:post', parent.projectId);
  refuseReservedAddress(sent, context);
  await refuseUnknownSubnet(sent.subnet_id, context);
  const loadBalancer = await loadBalancerOf(request, parent);
  const provider = providerNamed(context.providers, loadBalancer.provider);

  const member = await write(request, async (tx, call) => {
    await reserve(request, tx, parent.projectId, 'member');
    await refuseSriov(tx, [{ vnicType: vnicTypeOf(sent) }], loadBalancer.flavorId);
    const { pool } = await lockPoolForChange(tx, parent);
    const monitors = await healthMonitors.findBy(tx, 'poolId', pool.id);
    const made = newMember(sent, pool, monitors.length > 0, context);
    await refuseDuplicate(tx, made);
    await members.insert(tx, made);
    await callProvider(provider, 'memberCreate', call, made, pool);
    return made;
  });
  return created({ member: memberToApi(member) });
}
