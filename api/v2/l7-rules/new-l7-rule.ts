import { randomUUID } from 'node:crypto';
import type { OctaviaError } from '#core/domain/errors.ts';
import type { L7Policy } from '#core/domain/l7-policy.ts';
import type { L7Rule } from '#core/domain/l7-rule.ts';
import { type ApiContext, timestamp } from '../../context.ts';
import { conflict } from '../../faults.ts';
import { NEWBORN } from '../../writing.ts';
import type { NestedL7Rule } from './schema.ts';
import { validateRule } from './validate.ts';

/** The rule that a request asks for, with every default filled in. @throws OctaviaError on one that cannot be applied */
export function newL7Rule(
  sent: NestedL7Rule,
  policy: Pick<L7Policy, 'id' | 'projectId'>,
  context: ApiContext,
): L7Rule {
  const wanted = {
    type: sent.type ?? null,
    compareType: sent.compare_type ?? null,
    key: sent.key ?? null,
    value: sent.value ?? null,
  };
  validateRule(wanted);
  return {
    id: randomUUID(),
    projectId: policy.projectId,
    l7PolicyId: policy.id,
    ...NEWBORN,
    isEnabled: sent.admin_state_up === undefined ? true : (sent.admin_state_up ?? false),
    ...(wanted as Pick<L7Rule, keyof typeof wanted>),
    isInverted: sent.invert ?? false,
    tags: sent.tags ?? [],
    createdAt: timestamp(context.clock),
    updatedAt: null,
  };
}

export function tooManyRules(policyId: string): OctaviaError {
  return conflict(`Too many rules on L7 policy ${policyId}`);
}
