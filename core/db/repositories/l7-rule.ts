import type { L7Rule } from '../../domain/l7-rule.ts';
import { column, table } from '../table.ts';

export const l7Rules = table<L7Rule>('l7_rule', {
  id: column('id'),
  projectId: column('project_id'),
  l7PolicyId: column('l7_policy_id'),
  isEnabled: column('is_enabled'),
  provisioningStatus: column('provisioning_status'),
  operatingStatus: column('operating_status'),
  type: column('type'),
  compareType: column('compare_type'),
  key: column('key'),
  value: column('value'),
  isInverted: column('is_inverted'),
  tags: column('tags', 'text[]'),
  createdAt: column('created_at'),
  updatedAt: column('updated_at'),
});
