import { healthMonitors } from '#core/db/repositories/health-monitor.ts';
import { loadBalancers } from '#core/db/repositories/load-balancer.ts';
import { pools } from '#core/db/repositories/pool.ts';
import { ProvisioningStatus } from '#core/domain/status.ts';
import { findOrRefuse, lockPoolForChange } from '../../gate.ts';
import { type Answer, type ApiRequest, noContent, permit } from '../../http/request.ts';
import { callProvider, providerNamed } from '../../providers.ts';
import { write } from '../../writing.ts';
import { findHealthMonitor } from './show.ts';

export async function deleteHealthMonitor(request: ApiRequest): Promise<Answer> {
  const { database, providers } = request.context;
  const monitor = await findHealthMonitor(request);
  permit(request, 'healthmonitor:delete', monitor.projectId);
  const parent = await findOrRefuse(pools, database, 'Pool', monitor.poolId);
  const loadBalancer = await findOrRefuse(
    loadBalancers,
    database,
    'Load Balancer',
    parent.loadBalancerId,
  );
  const provider = providerNamed(providers, loadBalancer.provider);
  await write(request, async (tx, call) => {
    const { pool } = await lockPoolForChange(tx, parent);
    const current = await findOrRefuse(healthMonitors, tx, 'Health Monitor', monitor.id);
    await healthMonitors.update(tx, current.id, {
      provisioningStatus: ProvisioningStatus.PendingDelete,
    });
    await callProvider(provider, 'healthMonitorDelete', call, current, pool);
  });
  return noContent;
}
