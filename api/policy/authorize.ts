import { ErrorCode, OctaviaError } from '#core/domain/errors.ts';
import type { Identity } from '../auth/strategy.ts';
import type { PolicyTarget } from './checks.ts';
import type { PolicyName } from './default-rules.ts';

/** Decides what an identity may do. */
export interface Policy {
  permits(identity: Identity, name: PolicyName, target: PolicyTarget): boolean;
}

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
