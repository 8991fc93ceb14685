import type { NetworkPort } from '#core/ports/network.ts';
import type { Step } from '../flow.ts';
import type { OfMachines } from './machine.ts';
import {
  attachSubnet,
  memberPortName,
  memberPorts,
  plugSubnet,
  subnetsOf,
  tellOfPort,
  unplug,
} from './member-port.ts';
import { newAmphoraeOf, unfinishedOf } from './new-amphora.ts';
import { tellServing } from './outdated.ts';
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
  async run({ loadBalancerId, missingNetworks }, world) {
    const ports = new Map<string, readonly NetworkPort[]>();
    for (const { amphoraId, subnetId } of missingNetworks) {
      const port = await attachSubnet(await amphoraOf(amphoraId, world), subnetId, world);
      if (port !== null) ports.set(amphoraId, [...(ports.get(amphoraId) ?? []), port]);
    }
    const tree = await treeOf({ loadBalancerId }, world);
    const concerned = servingAmphorae(tree).filter(({ id }) => ports.has(id));
    if (concerned.length === 0) return {};
    await tellServing(
      concerned,
      async (amphora, patience) => {
        for (const port of ports.get(amphora.id) ?? [])
          await tellOfPort(amphora, port, world, patience);
      },
      world,
    );
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
