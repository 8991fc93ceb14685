import { l7Rules } from '#core/db/repositories/l7-rule.ts';
import { releaseQuota } from '#core/db/repositories/quota.ts';
import type { L7Policy } from '#core/domain/l7-policy.ts';
import type { Transaction } from '#core/ports/transaction.ts';

/** Gives back what policies that are about to go, and their rules, have of the quota. */
export async function releaseL7Policies(
  tx: Transaction,
  policies: readonly L7Policy[],
): Promise<void> {
  for (const { id, projectId } of policies) {
    const rules = await l7Rules.findBy(tx, 'l7PolicyId', id);
    await releaseQuota(tx, projectId, 'l7Policy', 1);
    if (rules.length > 0) await releaseQuota(tx, projectId, 'l7Rule', rules.length);
  }
}
