import { flow } from '../flow.ts';
import { pushUnlessPortOnly } from '../steps/configuration.ts';
import { guardLoadBalancer, markActive } from '../steps/load-balancer.ts';
import { applyQosPolicy } from '../steps/qos-policy.ts';
import { updateVipRules } from '../steps/vip.ts';

export const loadBalancerUpdate = flow('load-balancer-update', [
  guardLoadBalancer,
  updateVipRules,
  applyQosPolicy,
  pushUnlessPortOnly,
  markActive,
]);
