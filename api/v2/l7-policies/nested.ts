import { l7Policies } from '#core/db/repositories/l7-policy.ts';
import { l7Rules } from '#core/db/repositories/l7-rule.ts';
import type { Listener } from '#core/domain/listener.ts';
import type { Pool } from '#core/domain/pool.ts';
import type { Transaction } from '#core/ports/transaction.ts';
import type { ApiContext } from '../../context.ts';
import { noChildren } from '../../faults.ts';
import type { ApiRequest } from '../../http/request.ts';
import { reserve } from '../../writing.ts';
import { newL7Rule, tooManyRules } from '../l7-rules/new-l7-rule.ts';
import type { NestedL7Rule } from '../l7-rules/schema.ts';
import { RULES_MAX } from '../l7-rules/validate.ts';
import { refuseProtocolMismatch } from '../listeners/default-pool.ts';
import { newL7Policy } from './new-l7-policy.ts';
import type { NestedL7Policy } from './schema.ts';

/**
 * Stores the policies of one listener of a fully-populated load balancer, in the order of the request, each with its
 * rules.
 * @param byName the pools of the request, which `redirect_pool` names
 */
export async function storeL7Policies(
  request: ApiRequest,
  tx: Transaction,
  sent: readonly NestedL7Policy[],
  listener: Listener,
  byName: ReadonlyMap<string, Pool>,
): Promise<void> {
  if (sent.length > 0 && listener.protocol === 'PROMETHEUS') throw noChildren(listener.protocol);
  await reserve(request, tx, listener.projectId, 'l7Policy', sent.length);
  for (const each of sent) {
    const pool = byName.get(each.redirect_pool?.name ?? '');
    const policy = newL7Policy(each, pool?.id ?? null, listener, request.context);
    if (pool) refuseProtocolMismatch(listener.protocol, pool.protocol);
    await l7Policies.insert(tx, policy);
    const rules = each.rules ?? [];
    if (rules.length > RULES_MAX) throw tooManyRules(policy.id);
    await reserve(request, tx, listener.projectId, 'l7Rule', rules.length);
    await storeRules(tx, rules, policy, request.context);
  }
}

async function storeRules(
  tx: Transaction,
  sent: readonly NestedL7Rule[],
  policy: Parameters<typeof newL7Rule>[1],
  context: ApiContext,
): Promise<void> {
  for (const each of sent) await l7Rules.insert(tx, newL7Rule(each, policy, context));
}
