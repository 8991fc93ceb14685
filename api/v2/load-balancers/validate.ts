import type { OctaviaError } from '#core/domain/errors.ts';
import { validationFailure } from '../../faults.ts';
import type { ApiRequest } from '../../http/request.ts';
import { forbidden } from '../../policy/authorize.ts';
import type { LoadBalancerCreate } from './schema.ts';

/** Whose it will be: the project of the body, else the caller's. Another's needs an administrator. */
export function projectOf(request: ApiRequest, sent: LoadBalancerCreate): string {
  const { identity, context } = request;
  const projectId = sent.project_id || sent.tenant_id || identity.projectId;
  if (!projectId)
    throw validationFailure(
      'Missing project ID in request where one is required. An administrator should check the keystone settings in the Octavia configuration.',
    );
  const isForeign = identity.projectId !== null && identity.projectId !== projectId;
  const admin = 'os_load-balancer_api:loadbalancer:put_failover';
  if (isForeign && !context.policy.permits(identity, admin, { projectId })) throw forbidden();
  return projectId;
}

export function groupsOnDirectPort(): OctaviaError {
  return validationFailure('VIP Security Groups are not allowed with VNIC direct type');
}
