import { listedHealthMonitors } from '#core/db/listed/health-monitor.ts';
import { healthMonitors } from '#core/db/repositories/health-monitor.ts';
import type { HealthMonitor } from '#core/domain/health-monitor.ts';
import { findOrRefuse } from '../../gate.ts';
import { oneDecimal } from '../../http/json.ts';
import { type Answer, type ApiRequest, param, permit } from '../../http/request.ts';
import { answerList, answerOne, listScope } from '../../lists/answer-list.ts';
import { apiTime, apiTimeOrNull, reference } from '../../to-api.ts';

export async function listHealthMonitors(request: ApiRequest): Promise<Answer> {
  const shape = {
    source: listedHealthMonitors,
    plural: 'healthmonitors',
    toApi: healthMonitorToApi,
  };
  return answerList(request, shape, listScope(request, 'healthmonitor'));
}

export async function showHealthMonitor(request: ApiRequest): Promise<Answer> {
  const monitor = await findHealthMonitor(request);
  permit(request, 'healthmonitor:get_one', monitor.projectId);
  return answerOne(request, 'healthmonitor', healthMonitorToApi(monitor));
}

export async function findHealthMonitor(request: ApiRequest): Promise<HealthMonitor> {
  const id = param(request, 'id');
  return findOrRefuse(healthMonitors, request.context.database, 'Health Monitor', id);
}

export function healthMonitorToApi(monitor: HealthMonitor) {
  return { ...healthMonitorOwnToApi(monitor), pools: [reference(monitor.poolId)] };
}

/** Without the parent, as nested in a whole load balancer. */
export function healthMonitorOwnToApi(monitor: HealthMonitor) {
  return {
    id: monitor.id,
    name: monitor.name ?? '',
    type: monitor.type,
    delay: monitor.delaySeconds,
    timeout: monitor.timeoutSeconds,
    max_retries: monitor.maxRetries,
    max_retries_down: monitor.maxRetriesDown,
    http_method: monitor.httpMethod,
    url_path: monitor.urlPath,
    expected_codes: monitor.expectedCodes,
    admin_state_up: monitor.isEnabled,
    project_id: monitor.projectId,
    tenant_id: monitor.projectId,
    provisioning_status: monitor.provisioningStatus,
    operating_status: monitor.operatingStatus,
    created_at: apiTime(monitor.createdAt),
    updated_at: apiTimeOrNull(monitor.updatedAt),
    tags: monitor.tags,
    http_version: oneDecimal(monitor.httpVersion),
    domain_name: monitor.domainName,
  };
}
