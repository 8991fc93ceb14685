import type { HealthMonitor } from '../../domain/health-monitor.ts';
import { column, table } from '../table.ts';

export const healthMonitors = table<HealthMonitor>('health_monitor', {
  id: column('id'),
  projectId: column('project_id'),
  poolId: column('pool_id'),
  name: column('name'),
  isEnabled: column('is_enabled'),
  provisioningStatus: column('provisioning_status'),
  operatingStatus: column('operating_status'),
  type: column('type'),
  delaySeconds: column('delay_seconds'),
  timeoutSeconds: column('timeout_seconds'),
  maxRetries: column('max_retries'),
  maxRetriesDown: column('max_retries_down'),
  httpMethod: column('http_method'),
  urlPath: column('url_path'),
  expectedCodes: column('expected_codes'),
  httpVersion: column('http_version'),
  domainName: column('domain_name'),
  tags: column('tags', 'text[]'),
  createdAt: column('created_at'),
  updatedAt: column('updated_at'),
});
