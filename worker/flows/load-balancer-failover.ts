import { flow } from '../flow.ts';
import { guardLoadBalancer, markAllActive } from '../steps/load-balancer.ts';
import { planFirstReplacement, planSecondReplacement } from '../steps/plan.ts';
import { allocateVip, updateVipRules } from '../steps/vip.ts';
import { REPLACEMENT } from './replacement.ts';
import { second } from './second.ts';

/**
 * Mends the VIP and replaces whatever amphorae there are, those of a pair one after the other: the way out of ERROR. Of a
 * SINGLE load balancer nothing is left for the second time.
 */
export const loadBalancerFailover = flow('load-balancer-failover', [
  guardLoadBalancer,
  allocateVip,
  updateVipRules,
  planFirstReplacement,
  ...REPLACEMENT,
  planSecondReplacement,
  ...second(REPLACEMENT),
  markAllActive,
]);
