import { flow } from '../flow.ts';
import { chooseAmphoraId, insertAmphora, markAmphoraAllocated } from '../steps/amphora.ts';
import { attachBasePort, createBasePort } from '../steps/base-port.ts';
import { configureNewAmphora } from '../steps/configuration.ts';
import { detachReplaced, removeReplaced, retireAllAmphorae } from '../steps/failover.ts';
import { guardLoadBalancer, markAllActive } from '../steps/load-balancer.ts';
import { buildMachine, waitForAgent, waitForMachine } from '../steps/machine.ts';
import { plugAllMemberNetworks } from '../steps/member-network.ts';
import { allocateVip, plugVip, updateVipRules } from '../steps/vip.ts';

/** Replaces whatever amphorae there are, and mends the VIP: the way out of ERROR. */
export const loadBalancerFailover = flow('load-balancer-failover', [
  guardLoadBalancer,
  retireAllAmphorae,
  allocateVip,
  updateVipRules,
  chooseAmphoraId,
  insertAmphora,
  buildMachine,
  waitForMachine,
  createBasePort,
  attachBasePort,
  waitForAgent,
  plugAllMemberNetworks,
  detachReplaced,
  plugVip,
  configureNewAmphora,
  markAmphoraAllocated,
  removeReplaced,
  markAllActive,
]);
