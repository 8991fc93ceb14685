import type { L7Rule } from '#core/domain/l7-rule.ts';
import { apiTime, apiTimeOrNull } from '../../to-api.ts';

/** A rule as every answer has it: without a name, and without the policy that it stands under. */
export function l7RuleToApi(rule: L7Rule) {
  return {
    id: rule.id,
    type: rule.type,
    compare_type: rule.compareType,
    key: rule.key,
    value: rule.value,
    invert: rule.isInverted,
    admin_state_up: rule.isEnabled,
    provisioning_status: rule.provisioningStatus,
    operating_status: rule.operatingStatus,
    project_id: rule.projectId,
    tenant_id: rule.projectId,
    created_at: apiTime(rule.createdAt),
    updated_at: apiTimeOrNull(rule.updatedAt),
    tags: rule.tags,
  };
}
