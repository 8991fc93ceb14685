import { flow } from '../flow.ts';
import { retireAllAmphorae } from '../steps/failover.ts';
import { guardLoadBalancer, markDeleted } from '../steps/load-balancer.ts';
import { deleteServerGroup } from '../steps/machine-spec.ts';
import { removeAmphorae } from '../steps/removal.ts';
import { deallocateVip } from '../steps/vip.ts';

/** With or without cascade: the API refuses the latter while there are children, so there is nothing to tell apart. */
export const loadBalancerDelete = flow('load-balancer-delete', [
  guardLoadBalancer,
  retireAllAmphorae,
  removeAmphorae,
  deallocateVip,
  deleteServerGroup,
  markDeleted,
]);
