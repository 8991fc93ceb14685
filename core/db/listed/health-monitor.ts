import type { HealthMonitor } from '../../domain/health-monitor.ts';
import type { ListSource } from '../list-query.ts';
import { healthMonitors } from '../repositories/health-monitor.ts';
import { COMMON_KEYS, decimal, integer, text, uuid } from './keys.ts';

export const listedHealthMonitors: ListSource<HealthMonitor> = {
  table: 'health_monitor',
  select: healthMonitors.select('t'),
  visible: 'true',
  projectColumn: 't.project_id',
  hasTags: true,
  keys: {
    ...COMMON_KEYS,
    pool_id: uuid('pool_id'),
    type: text('type'),
    delay: integer('delay_seconds'),
    timeout: integer('timeout_seconds'),
    max_retries: integer('max_retries'),
    rise_threshold: integer('max_retries'),
    max_retries_down: integer('max_retries_down'),
    fall_threshold: integer('max_retries_down'),
    http_method: text('http_method', true),
    url_path: text('url_path', true),
    expected_codes: text('expected_codes', true),
    http_version: decimal('http_version', true),
    domain_name: text('domain_name', true),
  },
};
