import { l7Rules } from '#core/db/repositories/l7-rule.ts';
import { releaseQuota } from '#core/db/repositories/quota.ts';
import { transaction } from '#core/db/transaction.ts';
import type { Step } from '../flow.ts';
import { guardChild } from './child.ts';
import type { OfL7Policy } from './l7-policy.ts';
import { settle } from './statuses.ts';

export interface OfL7Rule extends OfL7Policy {
  readonly l7RuleId: string;
}

export const guardL7Rule = guardChild<OfL7Rule>('l7_rule', (state) => state.l7RuleId);

export const removeL7Rule: Step<OfL7Rule> = {
  name: 'remove-l7-rule',
  async run({ loadBalancerId, l7RuleId }, { database }) {
    await transaction(database, async (tx) => {
      const rule = await l7Rules.hold(tx, l7RuleId, 'update');
      if (rule !== null) {
        await l7Rules.delete(tx, l7RuleId);
        await releaseQuota(tx, rule.projectId, 'l7Rule', 1);
      }
      await settle(tx, loadBalancerId);
    });
    return {};
  },
};
