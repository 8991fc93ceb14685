import { members } from '#core/db/repositories/member.ts';
import { releaseQuota } from '#core/db/repositories/quota.ts';
import { transaction } from '#core/db/transaction.ts';
import { isPending, ProvisioningStatus } from '#core/domain/status.ts';
import type { Transaction } from '#core/ports/transaction.ts';
import type { Step } from '../flow.ts';
import { guardChild } from './child.ts';
import type { OfPool } from './pool.ts';
import { markChildError, settle } from './statuses.ts';
import { loadBalancerOf } from './tree.ts';

export interface OfMember extends OfPool {
  readonly memberId: string;
}

export const guardMember = guardChild<OfMember>('member', (state) => state.memberId);

/** When a batch fails, the members that it was to make, change or remove are in ERROR, and no others. */
export const guardMembers: Step<OfPool> = {
  name: 'guard-members',
  async run(state, world) {
    await loadBalancerOf(state, world);
    return {};
  },
  async undo({ loadBalancerId, poolId }, { database }) {
    await transaction(database, async (tx) => {
      for (const member of await members.findBy(tx, 'poolId', poolId))
        if (isPending(member.provisioningStatus)) await markChildError(tx, 'member', member.id);
      await settle(tx, loadBalancerId);
    });
  },
};

export const removeMember: Step<OfMember> = {
  name: 'remove-member',
  async run({ loadBalancerId, memberId }, { database }) {
    await transaction(database, async (tx) => {
      await deleteMember(tx, memberId);
      await settle(tx, loadBalancerId);
    });
    return {};
  },
};

/** Members that the batch left out go, once no amphora sends them traffic any more. */
export const removeUnlistedMembers: Step<OfPool> = {
  name: 'remove-unlisted-members',
  async run({ loadBalancerId, poolId }, { database }) {
    await transaction(database, async (tx) => {
      for (const member of await members.findBy(tx, 'poolId', poolId))
        if (member.provisioningStatus === ProvisioningStatus.PendingDelete)
          await deleteMember(tx, member.id);
      await settle(tx, loadBalancerId);
    });
    return {};
  },
};

async function deleteMember(tx: Transaction, memberId: string): Promise<void> {
  const member = await members.hold(tx, memberId, 'update');
  if (member === null) return;
  await members.delete(tx, memberId);
  await releaseQuota(tx, member.projectId, 'member', 1);
}
