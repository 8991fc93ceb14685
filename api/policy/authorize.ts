import { ErrorCode, OctaviaError } from '#core/domain/errors.ts';
import type { Identity } from '../auth/strategy.ts';
import { CHECKS, type PolicyTarget } from './checks.ts';
import { DEFAULT_RULES, type PolicyName, type RuleName } from './default-rules.ts';

const PREFIX = 'os_load-balancer_api:';

/** Decides what an identity may do. An operator's policy file will be another implementation. */
export interface Policy {
  permits(identity: Identity, name: PolicyName, target: PolicyTarget): boolean;
}

export const defaultPolicy: Policy = {
  permits(identity, name, target) {
    if (identity.isAdmin) return true;
    const rule = name.slice(PREFIX.length) as RuleName;
    return CHECKS[DEFAULT_RULES[rule]](identity, target);
  },
};

export function forbidden(): OctaviaError {
  return new OctaviaError(
    ErrorCode.Forbidden,
    'Policy does not allow this request to be performed.',
  );
}

/** @throws OctaviaError `forbidden` */
export function authorize(
  policy: Policy,
  identity: Identity,
  name: PolicyName,
  target: PolicyTarget,
): void {
  if (!policy.permits(identity, name, target)) throw forbidden();
}
