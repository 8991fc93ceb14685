import { members } from '#core/db/repositories/member.ts';
import { ProvisioningStatus } from '#core/domain/status.ts';
import { findOrRefuse, lockPoolForChange } from '../../gate.ts';
import { type Answer, type ApiRequest, noContent, permit } from '../../http/request.ts';
import { callProvider, providerNamed } from '../../providers.ts';
import { write } from '../../writing.ts';
import { expectMemberOf, findMember, findParentPool, loadBalancerOf } from './parent.ts';

export async function deleteMember(request: ApiRequest): Promise<Answer> {
  const parent = await findParentPool(request);
  const member = await findMember(request);
  permit(request, 'member:delete', member.projectId);
  expectMemberOf(parent, member, request);
  const loadBalancer = await loadBalancerOf(request, parent);
  const provider = providerNamed(request.context.providers, loadBalancer.provider);
  await write(request, async (tx, call) => {
    const { pool } = await lockPoolForChange(tx, parent);
    const current = await findOrRefuse(members, tx, 'Member', member.id);
    await members.update(tx, current.id, { provisioningStatus: ProvisioningStatus.PendingDelete });
    await callProvider(provider, 'memberDelete', call, current, pool);
  });
  return noContent;
}
