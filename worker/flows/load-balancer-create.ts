import { flow } from '../flow.ts';
import { chooseAmphoraId, insertAmphora, markAmphoraAllocated } from '../steps/amphora.ts';
import { attachBasePort, createBasePort } from '../steps/base-port.ts';
import { configureNewAmphora } from '../steps/configuration.ts';
import { guardLoadBalancer, markAllActive } from '../steps/load-balancer.ts';
import { buildMachine, waitForAgent, waitForMachine } from '../steps/machine.ts';
import { plugAllMemberNetworks } from '../steps/member-network.ts';
import { allocateVip, plugVip, updateVipRules } from '../steps/vip.ts';

export const loadBalancerCreate = flow('load-balancer-create', [
  guardLoadBalancer,
  allocateVip,
  updateVipRules,
  chooseAmphoraId,
  insertAmphora,
  buildMachine,
  waitForMachine,
  createBasePort,
  attachBasePort,
  waitForAgent,
  plugVip,
  plugAllMemberNetworks,
  configureNewAmphora,
  markAmphoraAllocated,
  markAllActive,
]);
