import { loadBalancers } from '#core/db/repositories/load-balancer.ts';
import { pools } from '#core/db/repositories/pool.ts';
import { ProvisioningStatus } from '#core/domain/status.ts';
import { findOrRefuse, lockForChange, lockListenersUsing } from '../../gate.ts';
import { type Answer, type ApiRequest, noContent, permit } from '../../http/request.ts';
import { callProvider, providerNamed } from '../../providers.ts';
import { write } from '../../writing.ts';
import { findPool } from './show.ts';

export async function deletePool(request: ApiRequest): Promise<Answer> {
  const { context } = request;
  const pool = await findPool(request);
  permit(request, 'pool:delete', pool.projectId);
  const parent = await findOrRefuse(
    loadBalancers,
    context.database,
    'Load Balancer',
    pool.loadBalancerId,
  );
  const provider = providerNamed(context.providers, parent.provider);
  await write(request, async (tx, call) => {
    await lockForChange(tx, pool.loadBalancerId);
    const current = await findOrRefuse(pools, tx, 'Pool', pool.id);
    await pools.update(tx, current.id, { provisioningStatus: ProvisioningStatus.PendingDelete });
    await lockListenersUsing(tx, current.id);
    await callProvider(provider, 'poolDelete', call, current);
  });
  return noContent;
}
