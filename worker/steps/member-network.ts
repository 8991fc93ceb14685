import type { LoadBalancerTree } from '#core/domain/load-balancer-tree.ts';
import { ProvisioningStatus } from '#core/domain/status.ts';
import type { Step } from '../flow.ts';
import type { OfMachines } from './machine.ts';
import { memberPortName, memberPorts, plugSubnet, unplug } from './member-port.ts';
import { newAmphoraeOf, unfinishedOf } from './new-amphora.ts';
import { inParallel } from './parallel.ts';
import { aFewTimes } from './patience.ts';
import { amphoraOf, type OfLoadBalancer, servingAmphorae, treeOf } from './tree.ts';

/** A subnet on which an amphora has no port yet. */
interface MissingNetwork {
  readonly amphoraId: string;
  readonly subnetId: string;
}

interface OfMissingNetworks extends OfLoadBalancer {
  readonly missingNetworks: readonly MissingNetwork[];
}

/**
 * Finds on which subnets with members the serving amphorae have no port. A step of its own: once one is found missing,
 * the agent must be told of it, even if the port exists by the time that a worker continues after a crash.
 */
export const findMissingNetworks: Step<
  OfLoadBalancer,
  { readonly missingNetworks: readonly MissingNetwork[] }
> = {
  name: 'find-missing-networks',
  retry: aFewTimes,
  async run(state, world) {
    const tree = await treeOf(state, world);
    const missingNetworks: MissingNetwork[] = [];
    for (const amphora of servingAmphorae(tree)) {
      const existing = (await memberPorts(amphora, world)).map((port) => port.name);
      for (const subnetId of subnetsOf(tree))
        if (!existing.includes(memberPortName(amphora.id, subnetId)))
          missingNetworks.push({ amphoraId: amphora.id, subnetId });
    }
    return { missingNetworks };
  },
};

export const plugMemberNetworks: Step<OfMissingNetworks> = {
  name: 'plug-member-networks',
  retry: aFewTimes,
  async run({ missingNetworks }, world) {
    for (const { amphoraId, subnetId } of missingNetworks)
      await plugSubnet(await amphoraOf(amphoraId, world), subnetId, world);
    return {};
  },
  async undo({ missingNetworks }, world) {
    for (const { amphoraId, subnetId } of missingNetworks) {
      const amphora = await amphoraOf(amphoraId, world);
      const name = memberPortName(amphoraId, subnetId);
      for (const port of await memberPorts(amphora, world))
        if (port.name === name) await unplug(amphora, port, world);
    }
  },
};

/** Gives each new amphora a port on every subnet with members. */
export const plugAllMemberNetworks: Step<OfMachines> = {
  name: 'plug-all-member-networks',
  retry: aFewTimes,
  async run(state, world) {
    const subnetIds = subnetsOf(await treeOf(state, world));
    await inParallel(await newAmphoraeOf(state, world), async (amphora) => {
      for (const subnetId of subnetIds) await plugSubnet(amphora, subnetId, world);
    });
    return {};
  },
  async undo(state, world) {
    await inParallel(await unfinishedOf(state, world), async (machine) => {
      for (const port of await memberPorts(machine, world)) await unplug(machine, port, world);
    });
  },
};

/** Takes ports away that no member needs any more, once the amphora has stopped using them. */
export const unplugUnusedNetworks: Step<OfLoadBalancer> = {
  name: 'unplug-unused-networks',
  retry: aFewTimes,
  async run(state, world) {
    const tree = await treeOf(state, world);
    for (const amphora of servingAmphorae(tree)) {
      const used = subnetsOf(tree).map((subnetId) => memberPortName(amphora.id, subnetId));
      for (const port of await memberPorts(amphora, world))
        if (!used.includes(port.name)) await unplug(amphora, port, world);
    }
    return {};
  },
};

/** The subnets that members lie in, but for those that the VIP's port reaches, and those of members that are to go. */
function subnetsOf({ vip, additionalVips, pools }: LoadBalancerTree): readonly string[] {
  const reached = [vip.subnetId, ...additionalVips.map((additional) => additional.subnetId)];
  const named = pools
    .filter((pool) => pool.provisioningStatus !== ProvisioningStatus.PendingDelete)
    .flatMap((pool) => pool.members)
    .filter((member) => member.provisioningStatus !== ProvisioningStatus.PendingDelete)
    .map((member) => member.subnetId);
  return [...new Set(named)].filter((id) => id !== null).filter((id) => !reached.includes(id));
}
