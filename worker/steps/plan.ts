import { randomUUID } from 'node:crypto';
import { type Amphora, AmphoraRole, isInPlace, missingRoles } from '#core/domain/amphora.ts';
import { Topology } from '#core/domain/load-balancer.ts';
import type { LoadBalancerTree } from '#core/domain/load-balancer-tree.ts';
import { AmphoraStatus } from '#core/domain/status.ts';
import type { Step } from '../flow.ts';
import type { World } from '../world.ts';
import { permanent } from './patience.ts';
import { loadBalancerOf, type OfLoadBalancer, treeOf } from './tree.ts';

/** An amphora that a flow builds. */
export interface NewAmphora {
  readonly amphoraId: string;
  readonly role: AmphoraRole;
}

/** Those that a flow builds at once: one for a SINGLE load balancer, two for a pair, none where nothing is missing. */
export interface OfNewAmphorae extends OfLoadBalancer {
  readonly newAmphorae: readonly NewAmphora[];
}

/** And those that they replace. */
export interface OfReplacement extends OfNewAmphorae {
  readonly replacedAmphoraIds: readonly string[];
}

type Replacement = Omit<OfReplacement, 'loadBalancerId'>;

// Plans only read: ids are chosen in a step of their own, so that what was inserted under one is found after a crash.

/** As many amphorae as the topology has. */
export const planAmphorae: Step<OfLoadBalancer, Pick<OfNewAmphorae, 'newAmphorae'>> = {
  name: 'plan-amphorae',
  async run(state, world) {
    const { topology } = await loadBalancerOf(state, world);
    return { newAmphorae: newcomers(topology, []) };
  },
};

/**
 * One amphora goes, and with it whatever of the load balancer's no longer serves; what is missing then is built. So a
 * failover that failed before is made good, and what was replaced meanwhile is not replaced twice.
 */
export const planAmphoraFailover: Step<
  OfLoadBalancer & { readonly amphoraId: string },
  Replacement
> = {
  name: 'plan-amphora-failover',
  async run(state, world) {
    const tree = await treeOf(state, world);
    const { loadBalancerId, amphoraId } = state;
    if (!tree.amphorae.some(({ id }) => id === amphoraId))
      throw permanent(`amphora ${amphoraId} is no amphora of load balancer ${loadBalancerId}`);
    const staying = tree.amphorae.filter((one) => isInPlace(one) && one.id !== amphoraId);
    return replacementOf(tree, staying);
  },
};

/**
 * Replaces all but one amphora of a pair, which goes on serving meanwhile. Where no amphora can serve, and where there
 * is one only, all go at once.
 */
export const planFirstReplacement: Step<OfLoadBalancer, Replacement> = {
  name: 'plan-first-replacement',
  async run(state, world) {
    const tree = await treeOf(state, world);
    const isPair = tree.topology === Topology.ActiveStandby;
    const kept = isPair ? await keptOf(tree, world) : undefined;
    return replacementOf(tree, kept === undefined ? [] : [kept]);
  },
};

/** Replaces what was there before the first replacement and still is. */
export const planSecondReplacement: Step<OfReplacement, { readonly second: Replacement }> = {
  name: 'plan-second-replacement',
  async run(state, world) {
    const tree = await treeOf(state, world);
    const ours = state.newAmphorae.map(({ amphoraId }) => amphoraId);
    const staying = tree.amphorae.filter(({ id }) => ours.includes(id));
    const left = tree.amphorae.filter(({ id }) => !state.replacedAmphoraIds.includes(id));
    return { second: replacementOf({ ...tree, amphorae: left }, staying) };
  },
};

/**
 * Who has the VIP: then it moves only once. When nobody says so, who was to have it at first; one that does not answer
 * comes last, since to keep it keeps nothing.
 */
async function keptOf(
  { amphorae, vip }: LoadBalancerTree,
  { amphora: driver, patience, logger }: World,
): Promise<Amphora | undefined> {
  const serving = amphorae.filter(({ status }) => status === AmphoraStatus.Allocated);
  const asked = serving.map(async (amphora) => ({
    amphora,
    device: await driver
      .findInterface(amphora, vip.address ?? '', patience.standby)
      .catch((error: unknown) => {
        logger.warn({ error, amphora_id: amphora.id }, 'does not say whether it has the VIP');
        return undefined;
      }),
  }));
  const answers = await Promise.all(asked);
  const has = answers.find(({ device }) => typeof device === 'string');
  const lacks = answers.find(({ device }) => device === null);
  const master = serving.find(({ role }) => role === AmphoraRole.Master);
  return has?.amphora ?? lacks?.amphora ?? master ?? serving[0];
}

function replacementOf(tree: LoadBalancerTree, staying: readonly Amphora[]): Replacement {
  const going = tree.amphorae.filter(
    (amphora) => amphora.status !== AmphoraStatus.Deleted && !staying.includes(amphora),
  );
  return {
    replacedAmphoraIds: going.map(({ id }) => id),
    newAmphorae: newcomers(tree.topology, staying),
  };
}

function newcomers(topology: Topology, staying: readonly Amphora[]): readonly NewAmphora[] {
  return missingRoles(topology, staying).map((role) => ({ amphoraId: randomUUID(), role }));
}
