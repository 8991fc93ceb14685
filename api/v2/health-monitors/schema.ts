import { HealthMonitorType } from '#core/domain/health-monitor.ts';
import { urlPath } from '../../schema/address.ts';
import { tags } from '../../schema/collection.ts';
import { mandatory } from '../../schema/field.ts';
import { bool, decimalOneOf, int } from '../../schema/number.ts';
import { body, object, type Sent } from '../../schema/object.ts';
import { oneOf, str, text, uuid } from '../../schema/text.ts';

const EXPECTED_CODES = /^(\d{3}(\s*,\s*\d{3})*)$|^(\d{3}-\d{3})$/;
const DOMAIN_NAME = /^(?=.{1,253}\.?$)(?:(?!-|[^.]+_)[A-Za-z0-9-_]{1,63}(?<!-)(?:\.|$))+$/;
const METHODS = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'DELETE',
  'TRACE',
  'OPTIONS',
  'CONNECT',
  'PATCH',
] as const;

const changeable = {
  name: str(255),
  delay: int(0),
  timeout: int(0),
  max_retries_down: int(1, 10),
  max_retries: int(1, 10),
  http_method: oneOf(...METHODS),
  url_path: urlPath(2048),
  expected_codes: text({ pattern: EXPECTED_CODES, lengthMax: 64 }),
  admin_state_up: bool,
  tags,
  http_version: decimalOneOf(1, 1.1),
  domain_name: text({ lengthMin: 1, lengthMax: 255, pattern: DOMAIN_NAME }),
};

const creatable = {
  ...changeable,
  type: mandatory(oneOf(...Object.values(HealthMonitorType))),
  delay: mandatory(changeable.delay),
  timeout: mandatory(changeable.timeout),
  max_retries: mandatory(changeable.max_retries),
};

/** As it stands inside a fully-populated load balancer. */
export const nestedHealthMonitor = object(creatable);
export type NestedHealthMonitor = Sent<typeof creatable>;

const standalone = {
  ...creatable,
  pool_id: mandatory(uuid),
  project_id: str(36),
  tenant_id: str(36),
};
export const createBody = body('health_monitor_', 'healthmonitor', object(standalone));
export const updateBody = body('health_monitor_', 'healthmonitor', object(changeable));
export type HealthMonitorUpdate = Sent<typeof changeable>;
