import { flow } from '../flow.ts';
import { insertAmphorae, markAmphoraeAllocated } from '../steps/amphora.ts';
import { attachBasePorts, createBasePorts } from '../steps/base-port.ts';
import { createBootVolumes } from '../steps/boot-volume.ts';
import { configureNewAmphorae } from '../steps/configuration.ts';
import { guardLoadBalancer, markAllActive } from '../steps/load-balancer.ts';
import { buildMachines, waitForAgents, waitForMachines } from '../steps/machine.ts';
import { ensureServerGroup } from '../steps/machine-spec.ts';
import { plugAllMemberNetworks } from '../steps/member-network.ts';
import { planAmphorae } from '../steps/plan.ts';
import { allocateVip, plugVips, updateVipRules } from '../steps/vip.ts';
import { startVrrp } from '../steps/vrrp.ts';

/** The amphorae of a pair are built side by side: each step is about both, and either that fails takes both along. */
export const loadBalancerCreate = flow('load-balancer-create', [
  guardLoadBalancer,
  allocateVip,
  updateVipRules,
  ensureServerGroup,
  planAmphorae,
  insertAmphorae,
  createBootVolumes,
  buildMachines,
  waitForMachines,
  createBasePorts,
  attachBasePorts,
  waitForAgents,
  plugVips,
  plugAllMemberNetworks,
  configureNewAmphorae,
  startVrrp,
  markAmphoraeAllocated,
  markAllActive,
]);
