import { healthMonitors } from '#core/db/repositories/health-monitor.ts';
import { loadBalancers } from '#core/db/repositories/load-balancer.ts';
import { pools } from '#core/db/repositories/pool.ts';
import { conflict } from '../../faults.ts';
import { findOrRefuse, lockPoolForChange } from '../../gate.ts';
import { type Answer, type ApiRequest, created, permit } from '../../http/request.ts';
import { callProvider, providerNamed } from '../../providers.ts';
import { given, reserve, write } from '../../writing.ts';
import { newHealthMonitor } from './new-health-monitor.ts';
import { createBody } from './schema.ts';
import { healthMonitorToApi } from './show.ts';
import { refuseDisabledPing, validateNewMonitor, validateTypeForPool } from './validate.ts';

export async function createHealthMonitor(request: ApiRequest): Promise<Answer> {
  const { context } = request;
  const { apiSettings } = context.config;
  const sent = createBody.parse(request.body);
  const parent = await findOrRefuse(pools, context.database, 'Pool', sent.pool_id ?? null);
  permit(request, 'healthmonitor:post', parent.projectId);
  const type = given(sent.type, 'type');
  refuseDisabledPing(type, apiSettings);
  validateTypeForPool(type, parent.protocol, given(sent.delay, 'delay'), apiSettings);
  const loadBalancer = await findOrRefuse(
    loadBalancers,
    context.database,
    'Load Balancer',
    parent.loadBalancerId,
  );
  const provider = providerNamed(context.providers, loadBalancer.provider);

  const monitor = await write(request, async (tx, call) => {
    await reserve(request, tx, parent.projectId, 'healthMonitor');
    const { pool } = await lockPoolForChange(tx, parent);
    const made = newHealthMonitor(sent, pool, context);
    validateNewMonitor(sent, made);
    if ((await healthMonitors.findBy(tx, 'poolId', pool.id)).length > 0)
      throw conflict('This pool already has a health monitor');
    await healthMonitors.insert(tx, made);
    await callProvider(provider, 'healthMonitorCreate', call, made, pool);
    return made;
  });
  return created({ healthmonitor: healthMonitorToApi(monitor) });
}
