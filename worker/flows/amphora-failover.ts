import { flow } from '../flow.ts';
import { chooseAmphoraId, insertAmphora, markAmphoraAllocated } from '../steps/amphora.ts';
import { attachBasePort, createBasePort } from '../steps/base-port.ts';
import { configureNewAmphora } from '../steps/configuration.ts';
import { detachReplaced, removeReplaced, retireAmphora } from '../steps/failover.ts';
import { guardLoadBalancer, markAllActive } from '../steps/load-balancer.ts';
import { buildMachine, waitForAgent, waitForMachine } from '../steps/machine.ts';
import { plugAllMemberNetworks } from '../steps/member-network.ts';
import { plugVip } from '../steps/vip.ts';

/** The new amphora stands before the old one goes: clouds have room more often than they have reliable deletions. */
export const amphoraFailover = flow('amphora-failover', [
  guardLoadBalancer,
  retireAmphora,
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
