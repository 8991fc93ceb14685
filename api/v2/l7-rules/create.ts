import { l7Rules } from '#core/db/repositories/l7-rule.ts';
import type { L7Policy } from '#core/domain/l7-policy.ts';
import type { Queryable } from '#core/ports/transaction.ts';
import { type Answer, type ApiRequest, created, permit } from '../../http/request.ts';
import { callProvider } from '../../providers.ts';
import { reserve, write } from '../../writing.ts';
import { findListener, providerOf } from '../l7-policies/parent.ts';
import { newL7Rule, tooManyRules } from './new-l7-rule.ts';
import { findParentPolicy, lockPolicyForChange } from './parent.ts';
import { createBody } from './schema.ts';
import { l7RuleToApi } from './to-api.ts';
import { RULES_MAX } from './validate.ts';

export async function createL7Rule(request: ApiRequest): Promise<Answer> {
  const { context } = request;
  const parent = await findParentPolicy(request);
  const sent = createBody.parse(request.body);
  permit(request, 'l7rule:post', parent.projectId);
  const made = newL7Rule(sent, parent, context);
  await refuseTooMany(context.database, parent);
  const listener = await findListener(request, parent.listenerId);
  const provider = await providerOf(request, listener);

  await write(request, async (tx, call) => {
    await reserve(request, tx, parent.projectId, 'l7Rule');
    const locked = await lockPolicyForChange(tx, parent, listener);
    // Again, now that nobody else can add one.
    await refuseTooMany(tx, parent);
    await l7Rules.insert(tx, made);
    await callProvider(provider, 'l7RuleCreate', call, made, locked.policy, locked.listener);
  });
  return created({ rule: l7RuleToApi(made) });
}

async function refuseTooMany(db: Queryable, { id }: L7Policy): Promise<void> {
  const rules = await l7Rules.findBy(db, 'l7PolicyId', id);
  if (rules.length >= RULES_MAX) throw tooManyRules(id);
}
