import { randomUUID } from 'node:crypto';
import type { HealthMonitor } from '#core/domain/health-monitor.ts';
import type { Pool } from '#core/domain/pool.ts';
import { type ApiContext, timestamp } from '../../context.ts';
import { given, NEWBORN } from '../../writing.ts';
import type { NestedHealthMonitor } from './schema.ts';
import { isHttp } from './validate.ts';

/** The monitor that a request asks for, with every default filled in. @throws OctaviaError on null where none may be */
export function newHealthMonitor(
  sent: NestedHealthMonitor,
  pool: Pick<Pool, 'id' | 'projectId'>,
  context: ApiContext,
): HealthMonitor {
  const type = given(sent.type, 'type');
  const whenHttp = <Value>(value: Value): Value | null => (isHttp(type) ? value : null);
  return {
    id: randomUUID(),
    projectId: pool.projectId,
    poolId: pool.id,
    ...NEWBORN,
    name: sent.name ?? null,
    isEnabled: sent.admin_state_up === undefined ? true : (sent.admin_state_up ?? false),
    type,
    delaySeconds: given(sent.delay, 'delay'),
    timeoutSeconds: given(sent.timeout, 'timeout'),
    maxRetries: given(sent.max_retries, 'max_retries'),
    maxRetriesDown: sent.max_retries_down ?? 3,
    httpMethod: whenHttp(sent.http_method ?? 'GET'),
    urlPath: whenHttp(sent.url_path ?? '/'),
    expectedCodes: whenHttp(sent.expected_codes ?? '200'),
    httpVersion: sent.http_version ?? null,
    domainName: sent.domain_name ?? null,
    tags: sent.tags ?? [],
    createdAt: timestamp(context.clock),
    updatedAt: null,
  };
}
