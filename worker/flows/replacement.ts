import { handOver, insertAmphorae } from '../steps/amphora.ts';
import { attachBasePorts, createBasePorts } from '../steps/base-port.ts';
import { createBootVolumes } from '../steps/boot-volume.ts';
import { configureNewAmphorae } from '../steps/configuration.ts';
import { detachOfPair, detachSingle, removeReplaced, retireReplaced } from '../steps/failover.ts';
import { buildMachines, waitForAgents, waitForMachines } from '../steps/machine.ts';
import { plugAllMemberNetworks } from '../steps/member-network.ts';
import { plugVips } from '../steps/vip.ts';
import { informStaying, startVrrp } from '../steps/vrrp.ts';

/**
 * Replaces amphorae by new ones, as planned. The new stand before the old go: clouds have room more often than they have
 * reliable deletions. Until they take over all can be undone, and after that nothing is.
 */
export const REPLACEMENT = [
  retireReplaced,
  insertAmphorae,
  createBootVolumes,
  buildMachines,
  waitForMachines,
  createBasePorts,
  attachBasePorts,
  waitForAgents,
  plugAllMemberNetworks,
  detachSingle,
  plugVips,
  configureNewAmphorae,
  detachOfPair,
  informStaying,
  startVrrp,
  handOver,
  removeReplaced,
] as const;
