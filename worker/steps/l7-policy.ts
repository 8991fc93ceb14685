import { l7Policies, l7PolicyRows } from '#core/db/repositories/l7-policy.ts';
import { transaction } from '#core/db/transaction.ts';
import type { Step } from '../flow.ts';
import { guardChild } from './child.ts';
import { releaseL7Policies } from './l7-quota.ts';
import type { OfListener } from './listener.ts';
import { settle } from './statuses.ts';

export interface OfL7Policy extends OfListener {
  readonly l7PolicyId: string;
}

export const guardL7Policy = guardChild<OfL7Policy>('l7_policy', (state) => state.l7PolicyId);

/** The row goes with its rules, and each leaves the quota; the policies behind it move up. */
export const removeL7Policy: Step<OfL7Policy> = {
  name: 'remove-l7-policy',
  async run({ loadBalancerId, l7PolicyId }, { database }) {
    await transaction(database, async (tx) => {
      const policy = await l7PolicyRows.hold(tx, l7PolicyId, 'update');
      if (policy !== null) {
        await releaseL7Policies(tx, [policy]);
        await l7Policies.delete(tx, policy);
      }
      await settle(tx, loadBalancerId);
    });
    return {};
  },
};
