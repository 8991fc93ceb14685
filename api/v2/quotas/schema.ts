import { int } from '../../schema/number.ts';
import { body, object, type Sent } from '../../schema/object.ts';

const LIMIT_MAX = 2_000_000_000;
const limit = int(-1, LIMIT_MAX);

// Two nouns go by two names, as old and as new clients write them.
const changeable = {
  loadbalancer: limit,
  load_balancer: limit,
  listener: limit,
  member: limit,
  pool: limit,
  healthmonitor: limit,
  health_monitor: limit,
  l7policy: limit,
  l7rule: limit,
};

export const updateBody = body('quotas', 'quota', object(changeable));
export type QuotaUpdate = Sent<typeof changeable>;
