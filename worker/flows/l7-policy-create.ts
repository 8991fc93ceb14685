import { flow } from '../flow.ts';
import { pushConfiguration } from '../steps/configuration.ts';
import { guardL7Policy } from '../steps/l7-policy.ts';
import { markActive } from '../steps/load-balancer.ts';

export const l7PolicyCreate = flow('l7-policy-create', [
  guardL7Policy,
  pushConfiguration,
  markActive,
]);
