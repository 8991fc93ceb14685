import { FAILOVERABLE, ProvisioningStatus } from '#core/domain/status.ts';
import { findLoadBalancer } from '../../gate.ts';
import { type Answer, type ApiRequest, accepted, param, permit } from '../../http/request.ts';
import { callProvider, providerNamed } from '../../providers.ts';
import { write } from '../../writing.ts';
import { lockItself } from './lock.ts';

export async function failOverLoadBalancer(request: ApiRequest): Promise<Answer> {
  const { context } = request;
  const old = await findLoadBalancer(context.database, param(request, 'id'));
  permit(request, 'loadbalancer:put_failover', old.projectId);
  const provider = providerNamed(context.providers, old.provider);
  await write(request, async (tx, call) => {
    const current = await lockItself(tx, old.id, FAILOVERABLE, ProvisioningStatus.PendingUpdate);
    await callProvider(provider, 'loadBalancerFailover', call, current);
  });
  return accepted;
}
