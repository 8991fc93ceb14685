import { l7Rules } from '#core/db/repositories/l7-rule.ts';
import { ProvisioningStatus } from '#core/domain/status.ts';
import { findOrRefuse } from '../../gate.ts';
import { type Answer, type ApiRequest, noContent, permit } from '../../http/request.ts';
import { callProvider } from '../../providers.ts';
import { write } from '../../writing.ts';
import { findListener, providerOf } from '../l7-policies/parent.ts';
import { expectRuleOf, findParentPolicy, findRule, lockPolicyForChange } from './parent.ts';

export async function deleteL7Rule(request: ApiRequest): Promise<Answer> {
  const parent = await findParentPolicy(request);
  const rule = await findRule(request);
  permit(request, 'l7rule:delete', rule.projectId);
  expectRuleOf(parent, rule, request);
  const listener = await findListener(request, parent.listenerId);
  const provider = await providerOf(request, listener);
  await write(request, async (tx, call) => {
    const locked = await lockPolicyForChange(tx, parent, listener);
    const current = await findOrRefuse(l7Rules, tx, 'L7 Rule', rule.id);
    await l7Rules.update(tx, current.id, { provisioningStatus: ProvisioningStatus.PendingDelete });
    await callProvider(provider, 'l7RuleDelete', call, current, locked.policy, locked.listener);
  });
  return noContent;
}
