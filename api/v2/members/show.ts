import { listedMembers } from '#core/db/listed/member.ts';
import type { Member } from '#core/domain/member.ts';
import { type Answer, type ApiRequest, permit } from '../../http/request.ts';
import { answerList, answerOne } from '../../lists/answer-list.ts';
import { single } from '../../lists/read-query.ts';
import { apiTime, apiTimeOrNull } from '../../to-api.ts';
import { expectMemberOf, findMember, findParentPool } from './parent.ts';

export async function listMembers(request: ApiRequest): Promise<Answer> {
  const pool = await findParentPool(request);
  permit(request, 'member:get_all', pool.projectId);
  const shape = { source: listedMembers, plural: 'members', toApi: memberToApi };
  return answerList(request, shape, {
    projectId: single(request.query, 'project_id') ?? null,
    parent: { column: 't.pool_id', id: pool.id },
  });
}

export async function showMember(request: ApiRequest): Promise<Answer> {
  const pool = await findParentPool(request);
  const member = await findMember(request);
  permit(request, 'member:get_one', member.projectId);
  expectMemberOf(pool, member, request);
  return answerOne(request, 'member', memberToApi(member));
}

export function memberToApi(member: Member) {
  return {
    id: member.id,
    name: member.name ?? '',
    operating_status: member.operatingStatus,
    provisioning_status: member.provisioningStatus,
    admin_state_up: member.isEnabled,
    address: member.address,
    protocol_port: member.protocolPort,
    weight: member.weight,
    backup: member.isBackup,
    subnet_id: member.subnetId,
    project_id: member.projectId,
    tenant_id: member.projectId,
    created_at: apiTime(member.createdAt),
    updated_at: apiTimeOrNull(member.updatedAt),
    monitor_address: member.monitorAddress,
    monitor_port: member.monitorPort,
    tags: member.tags,
    vnic_type: member.vnicType,
  };
}
