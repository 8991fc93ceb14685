import { amphorae } from '#core/db/repositories/amphora.ts';
import { transaction } from '#core/db/transaction.ts';
import { AmphoraStatus } from '#core/domain/status.ts';
import type { Step } from '../flow.ts';
import { updateAmphora } from './new-amphora.ts';
import { permanent, stubborn } from './patience.ts';
import { removeAmphora } from './removal.ts';
import { amphoraOf, loadBalancerOf } from './tree.ts';

interface OfAmphora {
  readonly amphoraId: string;
}

/**
 * First of its flow, so undone last: an amphora that could not be removed is in ERROR, where administrators see it and may
 * delete it again. One that its load balancer took along meanwhile stays DELETED.
 */
export const guardAmphora: Step<OfAmphora> = {
  name: 'guard-amphora',
  async run({ amphoraId }, world) {
    await amphoraOf(amphoraId, world);
    return {};
  },
  async undo({ amphoraId }, { database }) {
    await transaction(database, async (tx) => {
      const amphora = await amphorae.hold(tx, amphoraId, 'update');
      if (amphora === null || amphora.status === AmphoraStatus.Deleted) return;
      await amphorae.update(tx, amphoraId, { status: AmphoraStatus.Error });
    });
  },
};

export const removeOneAmphora: Step<OfAmphora> = {
  name: 'remove-one-amphora',
  retry: stubborn,
  async run({ amphoraId }, world) {
    await removeAmphora(await amphoraOf(amphoraId, world), world);
    return {};
  },
};

export const markAmphoraDeleted: Step<OfAmphora> = {
  name: 'mark-amphora-deleted',
  async run({ amphoraId }, world) {
    await updateAmphora(world, amphoraId, { status: AmphoraStatus.Deleted });
    return {};
  },
};

/** The topology is that of the load balancer, not of the deployment's present default. */
export const updateAgentConfig: Step<OfAmphora> = {
  name: 'update-agent-config',
  async run({ amphoraId }, world) {
    const amphora = await amphoraOf(amphoraId, world);
    const { loadBalancerId } = amphora;
    if (loadBalancerId === null) throw permanent(`amphora ${amphoraId} has no load balancer`);
    const { topology } = await loadBalancerOf({ loadBalancerId }, world);
    await world.amphora.uploadAgentConfig(
      amphora,
      world.blueprint.agentConfigOf(amphoraId, topology),
    );
    return {};
  },
};
