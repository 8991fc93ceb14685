import { flow } from '../flow.ts';
import { guardLoadBalancer, markAllActive } from '../steps/load-balancer.ts';
import { planAmphoraFailover } from '../steps/plan.ts';
import { REPLACEMENT } from './replacement.ts';

/** Replaces one amphora, and whatever else of the load balancer's no longer serves. The other of a pair serves meanwhile. */
export const amphoraFailover = flow('amphora-failover', [
  guardLoadBalancer,
  planAmphoraFailover,
  ...REPLACEMENT,
  markAllActive,
]);
