import { l7Policies } from '#core/db/repositories/l7-policy.ts';
import { loadBalancers } from '#core/db/repositories/load-balancer.ts';
import { pools } from '#core/db/repositories/pool.ts';
import { ProvisioningStatus } from '#core/domain/status.ts';
import type { Queryable } from '#core/ports/transaction.ts';
import { conflict } from '../../faults.ts';
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
    await lockForChange(tx, pool.loadBalancerId, () => refuseRedirected(tx, pool.id));
    const current = await findOrRefuse(pools, tx, 'Pool', pool.id);
    await pools.update(tx, current.id, { provisioningStatus: ProvisioningStatus.PendingDelete });
    await lockListenersUsing(tx, current.id);
    await callProvider(provider, 'poolDelete', call, current);
  });
  return noContent;
}

/** Enabled or not, a policy must not be left pointing to nothing. */
async function refuseRedirected(db: Queryable, poolId: string): Promise<void> {
  const [first] = await l7Policies.findBy(db, 'redirectPoolId', poolId);
  if (first) throw conflict(`Pool ${poolId} is in use by L7 policy ${first.id}`);
}
