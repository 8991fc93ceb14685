import { type ListedL7Policy, listedL7Policies } from '#core/db/listed/l7-policy.ts';
import type { L7Policy } from '#core/domain/l7-policy.ts';
import type { L7PolicyTree } from '#core/domain/load-balancer-tree.ts';
import { findListedOrRefuse } from '../../gate.ts';
import { type Answer, type ApiRequest, permit } from '../../http/request.ts';
import { answerList, answerOne, listScope } from '../../lists/answer-list.ts';
import { apiTime, apiTimeOrNull, reference } from '../../to-api.ts';
import { l7RuleToApi } from '../l7-rules/to-api.ts';

export async function listL7Policies(request: ApiRequest): Promise<Answer> {
  const shape = { source: listedL7Policies, plural: 'l7policies', toApi: l7PolicyToApi };
  return answerList(request, shape, listScope(request, 'l7policy'));
}

export async function showL7Policy(request: ApiRequest): Promise<Answer> {
  const policy = await findL7Policy(request);
  permit(request, 'l7policy:get_one', policy.projectId);
  return answerOne(request, 'l7policy', l7PolicyToApi(policy));
}

/** The policy in the path, with the ids of its rules. */
export async function findL7Policy(request: ApiRequest): Promise<ListedL7Policy> {
  return findListedOrRefuse(request, listedL7Policies, 'L7 Policy');
}

/** A policy as it stands in answers, under its root key. */
export function answerWith(policy: ListedL7Policy | null): { l7policy: object } {
  if (policy === null) throw new Error('an L7 policy vanished in its own transaction');
  return { l7policy: l7PolicyToApi(policy) };
}

function l7PolicyToApi(policy: ListedL7Policy) {
  return { ...ownToApi(policy), rules: policy.ruleIds.map(reference) };
}

/** With its rules in full, as nested in a whole load balancer. */
export function fullL7PolicyToApi(policy: L7PolicyTree) {
  return { ...ownToApi(policy), rules: policy.rules.map(l7RuleToApi) };
}

function ownToApi(policy: L7Policy) {
  return {
    id: policy.id,
    name: policy.name ?? '',
    description: policy.description ?? '',
    provisioning_status: policy.provisioningStatus,
    operating_status: policy.operatingStatus,
    admin_state_up: policy.isEnabled,
    project_id: policy.projectId,
    tenant_id: policy.projectId,
    action: policy.action,
    listener_id: policy.listenerId,
    redirect_pool_id: policy.redirectPoolId,
    redirect_url: policy.redirectUrl,
    redirect_prefix: policy.redirectPrefix,
    redirect_http_code: policy.redirectHttpCode,
    position: policy.position,
    created_at: apiTime(policy.createdAt),
    updated_at: apiTimeOrNull(policy.updatedAt),
    tags: policy.tags,
  };
}
