import { healthMonitors } from '#core/db/repositories/health-monitor.ts';
import { loadBalancers } from '#core/db/repositories/load-balancer.ts';
import { pools } from '#core/db/repositories/pool.ts';
import type { HealthMonitor } from '#core/domain/health-monitor.ts';
import { ProvisioningStatus } from '#core/domain/status.ts';
import type { ApiConfig } from '../../context.ts';
import { findOrRefuse, lockPoolForChange } from '../../gate.ts';
import { type Answer, type ApiRequest, ok, permit } from '../../http/request.ts';
import { callProvider, providerNamed } from '../../providers.ts';
import { given, onlySent, orWhenNull, write } from '../../writing.ts';
import { type HealthMonitorUpdate, updateBody } from './schema.ts';
import { findHealthMonitor, healthMonitorToApi } from './show.ts';
import { validateDelay, validateDomainName, validateHttpFields } from './validate.ts';

export async function updateHealthMonitor(request: ApiRequest): Promise<Answer> {
  const { context } = request;
  const sent = updateBody.parse(request.body);
  const old = await findHealthMonitor(request);
  permit(request, 'healthmonitor:put', old.projectId);
  validateUpdate(old, sent, context.config.apiSettings);
  const changes = changesOf(sent);
  const parent = await findOrRefuse(pools, context.database, 'Pool', old.poolId);
  const loadBalancer = await findOrRefuse(
    loadBalancers,
    context.database,
    'Load Balancer',
    parent.loadBalancerId,
  );
  const provider = providerNamed(context.providers, loadBalancer.provider);

  const monitor = await write(request, async (tx, call) => {
    const { pool } = await lockPoolForChange(tx, parent);
    const current = await findOrRefuse(healthMonitors, tx, 'Health Monitor', old.id);
    await healthMonitors.update(tx, old.id, {
      ...changes,
      provisioningStatus: ProvisioningStatus.PendingUpdate,
    });
    await callProvider(provider, 'healthMonitorUpdate', call, current, changes, pool);
    return findOrRefuse(healthMonitors, tx, 'Health Monitor', old.id);
  });
  return ok({ healthmonitor: healthMonitorToApi(monitor) });
}

function validateUpdate(
  old: HealthMonitor,
  sent: HealthMonitorUpdate,
  settings: ApiConfig['apiSettings'],
): void {
  for (const field of ['delay', 'timeout', 'max_retries'] as const)
    if (sent[field] === null) given(null, field);
  const { http_method, url_path, expected_codes } = sent;
  validateHttpFields(old.type, { http_method, url_path, expected_codes });
  if (sent.domain_name || sent.http_version) {
    const version = sent.http_version === undefined ? old.httpVersion : sent.http_version;
    const domain = sent.domain_name === undefined ? old.domainName : sent.domain_name;
    validateDomainName(domain, version);
  }
  if (typeof sent.delay === 'number') validateDelay(old.type, sent.delay, settings);
}

function changesOf(sent: HealthMonitorUpdate): Partial<HealthMonitor> {
  return onlySent<Partial<HealthMonitor>>({
    name: sent.name,
    isEnabled: orWhenNull(sent.admin_state_up, false),
    delaySeconds: sent.delay ?? undefined,
    timeoutSeconds: sent.timeout ?? undefined,
    maxRetries: sent.max_retries ?? undefined,
    maxRetriesDown: orWhenNull(sent.max_retries_down, 3),
    httpMethod: orWhenNull(sent.http_method, 'GET'),
    urlPath: orWhenNull(sent.url_path, '/'),
    expectedCodes: orWhenNull(sent.expected_codes, '200'),
    httpVersion: sent.http_version,
    domainName: sent.domain_name,
    tags: sent.tags ?? undefined,
  });
}
