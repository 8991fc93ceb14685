import { members } from '#core/db/repositories/member.ts';
import type { Member } from '#core/domain/member.ts';
import { ProvisioningStatus } from '#core/domain/status.ts';
import { findOrRefuse, lockPoolForChange } from '../../gate.ts';
import { type Answer, type ApiRequest, ok, permit } from '../../http/request.ts';
import { callProvider, providerNamed } from '../../providers.ts';
import { onlySent, orWhenNull, write } from '../../writing.ts';
import { expectMemberOf, findMember, findParentPool, loadBalancerOf } from './parent.ts';
import { updateBody } from './schema.ts';
import { memberToApi } from './show.ts';

export async function updateMember(request: ApiRequest): Promise<Answer> {
  const parent = await findParentPool(request);
  const sent = updateBody.parse(request.body);
  const old = await findMember(request);
  permit(request, 'member:put', old.projectId);
  expectMemberOf(parent, old, request);
  const loadBalancer = await loadBalancerOf(request, parent);
  const provider = providerNamed(request.context.providers, loadBalancer.provider);
  const changes = onlySent<Partial<Member>>({
    name: sent.name,
    isEnabled: orWhenNull(sent.admin_state_up, false),
    weight: orWhenNull(sent.weight, 1),
    isBackup: orWhenNull(sent.backup, false),
    monitorAddress: sent.monitor_address,
    monitorPort: sent.monitor_port,
    tags: sent.tags ?? undefined,
  });

  const member = await write(request, async (tx, call) => {
    const { pool } = await lockPoolForChange(tx, parent);
    const current = await findOrRefuse(members, tx, 'Member', old.id);
    await members.update(tx, old.id, {
      ...changes,
      provisioningStatus: ProvisioningStatus.PendingUpdate,
    });
    await callProvider(provider, 'memberUpdate', call, current, changes, pool);
    return findOrRefuse(members, tx, 'Member', old.id);
  });
  return ok({ member: memberToApi(member) });
}
